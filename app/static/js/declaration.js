// The page of one step of a declaration: sums and rows at once, every field saved as one types. Without this the
// buttons of the page do the same.

import { autosave, put } from "./autosave.js";
import { keepRows } from "./rows.js";
import { keepSums } from "./sums.js";
import { keepUploads } from "./uploads.js";

const form = document.getElementById("declare");
const words = document.getElementById("words").dataset;
const line = document.getElementById("save-state");
const company = document.querySelector("[data-company]");

const control = (name) => form.querySelector(`[data-saves][name="${CSS.escape(name)}"]`);
const say = (text) => { if (line.textContent !== text) line.textContent = text; };
const filled = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");

const count = keepSums(form);
const { touched, settle } = autosave(form, {
  typing: () => say(words.typing),
  saved: (time) => say(filled(words.saved, { time })),
  offline: () => say(words.offline),
  restored: () => say(words.restored),
  stranger: () => say(words.stranger),
  refused: (why) => say(words.refused + why),
  expired() {
    if (line.querySelector("a")) return;
    say(`${words.expired} `);
    const link = document.createElement("a");
    Object.assign(link, { href: form.dataset.signIn, target: "_blank", textContent: words.signIn });
    line.append(link);
  },
  others(all) {
    const said = all.map((each) => filled(words.other, each));
    const shown = [...company.children].map((each) => each.textContent);
    if (said.join("\n") === shown.join("\n")) return;
    company.replaceChildren(...said.map((text) => paragraph("notice", text)));
  },
  fault(name, message, just = true) {
    const field = control(name);
    if (!field || (!just && !message)) return;
    let note = document.getElementById(`${name}-error`);
    if (!message) {
      note?.remove();
      field.removeAttribute("aria-invalid");
      return;
    }
    if (!note) {
      note = paragraph("error", "");
      note.id = `${name}-error`;
      field.before(note);
    }
    note.textContent = message;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", `${name}-error`);
  },
  clash(name, mine, theirs) {
    const field = control(name);
    if (!field) return;
    const values = { name: theirs.by || words.somebody, when: theirs.when };
    const box = document.createElement("div");
    box.className = "clash";
    box.setAttribute("role", "group");
    box.append(paragraph("", filled(words.clash, values)));
    for (const [label, text, chosen] of [[words.theirs, theirs.text, null], [words.mine, mine, mine]]) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "second", textContent: label + (named(field, text) || words.empty) });
      button.addEventListener("click", () => {
        box.remove();
        put(field, text);
        count();
        settle(name, chosen, theirs.base);
        field.focus();
      });
      box.append(button);
    }
    field.parentElement.querySelector(":scope > .clash")?.remove();
    field.after(box);
  },
  changed(name, theirs) {
    const field = control(name);
    if (!field || field === document.activeElement || name.endsWith("-order")) return false;
    put(field, theirs.text);
    count();
    field.parentElement.querySelector(":scope > .touched")?.remove();
    field.after(paragraph("hint touched", filled(words.changed, { name: theirs.by || words.somebody })));
    return true;
  },
});
keepRows(form, words, (each) => {
  touched(each);
  count();
});

keepUploads(words, say);

function paragraph(kind, text) {
  const made = document.createElement("p");
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}

function named(field, text) {
  return [...(field.options ?? [])].find((each) => each.value === text)?.textContent ?? text;
}
