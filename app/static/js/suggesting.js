// Suggestions while one types into the box of search: a list under it, gone through by the arrow keys (the combobox
// pattern of ARIA). Without this, and without choosing one, the box sends its words to the page of search.

const PAUSE = 150;
const LEAST = 2;

const form = document.querySelector("form.find");
const box = form.querySelector("input[type=search]");
const list = document.createElement("ul");
const line = document.createElement("p");
let timer = 0;
let asked = new AbortController();
let at = -1;

Object.assign(list, { id: "find-suggestions", className: "suggestions", role: "listbox", hidden: true });
list.setAttribute("aria-label", form.dataset.label);
line.className = "unseen";
line.setAttribute("role", "status");
form.append(list, line);
for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"], ["autocomplete", "off"]]) {
  box.setAttribute(name, value);
}

box.addEventListener("input", () => {
  clearTimeout(timer);
  asked.abort();
  timer = setTimeout(ask, PAUSE);
});
box.addEventListener("blur", close);
box.addEventListener("keydown", (press) => {
  if (press.isComposing || list.hidden) return;
  const options = list.children;
  if (press.key === "ArrowDown") mark(at + 1 < options.length ? at + 1 : 0);
  else if (press.key === "ArrowUp") mark(at > 0 ? at - 1 : options.length - 1);
  else if (press.key === "Escape") close();
  else if (press.key === "Enter" && at >= 0) location.assign(options[at].dataset.href);
  else return;
  press.preventDefault();
});
// The box keeps the focus, so that its "blur" does not close the list before the press is done.
list.addEventListener("mousedown", (press) => press.preventDefault());
list.addEventListener("click", (press) => {
  const option = press.target.closest("[role=option]");
  if (option) location.assign(option.dataset.href);
});

async function ask() {
  const words = box.value.trim();
  if ([...words].length < LEAST) {
    close();
    return;
  }
  asked = new AbortController();
  try {
    const answer = await fetch(`${form.dataset.suggestions}?q=${encodeURIComponent(words)}`, {
      headers: { Accept: "application/json" },
      redirect: "manual",
      signal: asked.signal,
    });
    if (answer.ok) show((await answer.json()).items);
    else close();
  } catch {
    // Somebody typed on, or nothing can be reached: the box itself still works.
    close();
  }
}

function show(items) {
  list.replaceChildren(...items.map((item, place) => {
    const option = document.createElement("li");
    const more = document.createElement("span");
    Object.assign(option, { id: `find-suggestion-${place}`, role: "option", textContent: item.label });
    Object.assign(more, { className: "life", textContent: item.hint });
    option.setAttribute("aria-selected", "false");
    option.dataset.href = item.href;
    option.append(more);
    return option;
  }));
  const open = items.length > 0 && document.activeElement === box;
  mark(-1);
  list.hidden = !open;
  box.setAttribute("aria-expanded", String(open));
  line.textContent = form.dataset.found.replace("{count}", items.length);
}

function mark(place) {
  at = place;
  [...list.children].forEach((option, each) => option.setAttribute("aria-selected", String(each === place)));
  if (place < 0) box.removeAttribute("aria-activedescendant");
  else {
    box.setAttribute("aria-activedescendant", list.children[place].id);
    list.children[place].scrollIntoView({ block: "nearest" });
  }
}

function close() {
  clearTimeout(timer);
  asked.abort();
  list.hidden = true;
  box.setAttribute("aria-expanded", "false");
  mark(-1);
}
