// Saves each field of a declaration as one types. What could not be saved yet stays on this machine, for this person
// and this project alone, and is sent as soon as the server can be reached and the same person is signed in.

import { PATIENCE, sendAfter } from "./sending.js";

const PAUSE = 700;
const AGAIN = 5000;
const BEAT = 20000;
// A page that nobody touches lets its session end.
const IDLE = 30 * 60 * 1000;

/** Keep `form` saved; `show` says how that stands (see declaration.js). Answers what to tell of a changed control. */
export function autosave(form, show) {
  const place = `declaration:${form.dataset.person}:${form.dataset.project}`;
  const base = JSON.parse(form.elements.base.value);
  const pending = new Map();
  // Fields that wait for their person: to choose between two texts, or to change what cannot be kept.
  const waiting = new Set();
  let token = form.elements.csrf_token.value;
  let timer = 0;
  let active = Date.now();
  let under_way = Promise.resolve();

  restore();
  form.addEventListener("input", (event) => event.target.matches("[data-saves]") && touched(event.target));
  sendAfter(form, () => {
    clearTimeout(timer);
    return under_way;
  });
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    show.offline();
  });
  addEventListener("online", () => later(0));
  addEventListener("focus", () => later(0));
  addEventListener("visibilitychange", () => later(0));
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => { active = Date.now(); });
  setInterval(() => document.visibilityState === "visible" && Date.now() - active < IDLE && later(0), BEAT);
  later(0);
  return { touched, settle };

  function touched(control) {
    const { name } = control;
    pending.set(name, [textOf(control), pending.get(name)?.[1] ?? base[name] ?? ""]);
    waiting.delete(name);
    remember();
    show.typing();
    later(PAUSE);
  }

  /** The person chose: `text` replaces what stands there under the fingerprint `theirs`; null leaves theirs. */
  function settle(name, text, theirs) {
    stands(name, theirs);
    waiting.delete(name);
    if (text === null) pending.delete(name);
    else pending.set(name, [text, theirs]);
    remember();
    later(0);
  }

  function later(pause) {
    clearTimeout(timer);
    // One save at a time, so that each starts from what the one before it left.
    timer = setTimeout(() => { under_way = under_way.then(() => send(true)); }, pause);
  }

  async function send(renewing) {
    const fields = Object.fromEntries([...pending].filter(([name]) => !waiting.has(name)));
    const known = Object.fromEntries(names().map((name) => [name, base[name] ?? ""]));
    let answer;
    try {
      answer = await fetch(form.dataset.fields, {
        method: "PATCH",
        body: JSON.stringify({ step: form.dataset.step, fields, known }),
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch {
      if (pending.size) show.offline();
      later(AGAIN);
      return;
    }
    if (answer.ok) taken(fields, await answer.json());
    else if (answer.type === "opaqueredirect" || answer.status === 400) await renew(renewing);
    else refused(answer.status, await answer.json().catch(() => ({})));
  }

  // The session ended, or began anew in another window and has another word.
  async function renew(renewing) {
    const answer = await fetch(form.dataset.fields, { headers: { Accept: "application/json" }, redirect: "manual" }).catch(() => null);
    if (!answer?.ok) {
      if (answer) show.expired();
      else show.offline();
      later(AGAIN);
      return;
    }
    const now = await answer.json();
    if (String(now.person) !== form.dataset.person) show.stranger();
    else if (renewing) {
      token = now.token;
      form.elements.csrf_token.value = token;
      await send(false);
    } else show.refused("");
  }

  function refused(status, problem) {
    for (const each of problem.errors ?? []) {
      waiting.add(each.field);
      show.fault(each.field, each.message);
    }
    show.refused(problem.detail ?? String(status));
    // The others can still be saved.
    if (status === 422 && problem.errors?.some((each) => pending.has(each.field))) later(PAUSE);
  }

  function taken(sent, answer) {
    for (const [name, mark] of Object.entries(answer.saved)) {
      stands(name, mark);
      if (pending.get(name)?.[0] === sent[name][0]) pending.delete(name);
      else if (pending.has(name)) pending.set(name, [pending.get(name)[0], mark]);
    }
    for (const name of [...Object.keys(sent), ...names()]) show.fault(name, answer.faults[name] ?? "", name in sent);
    for (const [name, theirs] of Object.entries(answer.clashes)) {
      waiting.add(name);
      show.clash(name, pending.get(name)?.[0] ?? sent[name][0], theirs);
    }
    for (const [name, theirs] of Object.entries(answer.changed)) {
      if (!pending.has(name) && show.changed(name, theirs)) stands(name, theirs.base);
    }
    remember();
    show.others(answer.others);
    if (Object.keys(sent).length && !waiting.size) show.saved(answer.at);
    if ([...pending.keys()].some((name) => !waiting.has(name))) later(PAUSE);
  }

  function stands(name, mark) {
    if (mark) base[name] = mark;
    else delete base[name];
    form.elements.base.value = JSON.stringify(base);
  }

  function restore() {
    let differs = false;
    const left = Object.entries(JSON.parse(localStorage.getItem(place) ?? "{}"));
    for (const [name, [text, seen]] of left) {
      const control = form.querySelector(`[data-saves][name="${name}"]`);
      if (control && textOf(control) === text) continue;
      // What belongs to another page is sent too, but nothing of it is found again here.
      if (control) {
        put(control, text);
        differs = true;
      }
      pending.set(name, [text, seen]);
    }
    remember();
    if (differs) show.restored();
  }

  function remember() {
    if (pending.size) localStorage.setItem(place, JSON.stringify(Object.fromEntries(pending)));
    else localStorage.removeItem(place);
  }

  function names() {
    return [...form.querySelectorAll("[data-saves]")].map((each) => each.name);
  }
}

/** What a control says; a box that is ticked says "y". */
export function textOf(control) {
  return control.type === "checkbox" ? (control.checked ? "y" : "") : control.value;
}

/** Let a control say this. */
export function put(control, text) {
  if (control.type === "checkbox") control.checked = text !== "";
  else control.value = text;
}
