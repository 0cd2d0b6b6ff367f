// Keeps what is typed into a form on the server while one types. What could not be kept yet stays in this tab, and is
// taken up again when the page is opened anew, so that neither a lost line nor an expired session loses a word.
// The form says where (`data-draft`) and in which words; without this script its own button keeps it.

import { PATIENCE, sendAfter } from "./sending.js";

const PAUSE = 800;
const AGAIN = 5000;

/** Keep `form` as one types, and say in `line` how that stands. Answers the function that keeps it at once. */
export function keep(form, line) {
  const place = `kept:${form.dataset.case}`;
  let timer = 0;
  let under_way = Promise.resolve();
  let carried = false;

  restore();
  // The server answered a form that it did not keep, such as one with a fault.
  if (form.dataset.unkept !== undefined) later(0);
  form.addEventListener("input", () => {
    remember();
    say(form.dataset.unsaved);
    later(PAUSE);
  });
  sendAfter(form, () => {
    clearTimeout(timer);
    remember();
    return under_way;
  });
  addEventListener("online", () => sessionStorage.getItem(place) && later(0));
  return () => later(0);

  function later(pause) {
    clearTimeout(timer);
    // One save at a time, so that each starts from the version that the one before it made.
    timer = setTimeout(() => { under_way = under_way.then(send); }, pause);
  }

  async function send() {
    const sent = typed();
    let answer;
    try {
      answer = await fetch(form.dataset.draft, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "application/json" },
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch {
      say(form.dataset.offline);
      later(AGAIN);
      return;
    }
    if (answer.type === "opaqueredirect" || answer.status === 400) say(form.dataset.expired);
    else if (!answer.ok) say((await answer.json().catch(() => ({}))).detail ?? form.dataset.offline);
    else {
      const { version, saved } = await answer.json();
      form.elements.version.value = version;
      if (sent === typed()) sessionStorage.removeItem(place);
      else remember();
      say(form.dataset.saved.replace("{time}", saved));
      if (carried && sent === typed()) location.replace(location.href);
    }
  }

  function restore() {
    const left = JSON.parse(sessionStorage.getItem(place) ?? "null");
    sessionStorage.removeItem(place);
    // What the server kept since then is newer than what stayed behind here.
    if (!left || left.version !== form.elements.version.value || left.typed === typed()) return;
    for (const [name, value] of Object.entries(JSON.parse(left.typed))) {
      const control = form.elements[name];
      if (control) control.value = value;
      else if (value) carry(name, value);
    }
    say(form.dataset.restored);
    remember();
    later(0);
  }

  // A row for which this page has no place goes along unseen; once it is kept, the page is asked for anew and shows it.
  function carry(name, value) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    carried = true;
  }

  function remember() {
    sessionStorage.setItem(place, JSON.stringify({ version: form.elements.version.value, typed: typed() }));
  }

  function typed() {
    const fields = [...new FormData(form)].filter(([name]) => name !== "csrf_token" && name !== "version");
    return JSON.stringify(Object.fromEntries(fields));
  }

  function say(words) {
    line.textContent = words;
  }
}
