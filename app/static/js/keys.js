// Single keys for those who work here all day; the list of them is the page /help/keys. They rest while one types,
// and whoever does not want them turns them off there (kept in this browser).

const OFF = "aidflow-keys-off";

const typing = (element) => element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

/** The main link of each line of the page's lists, in order. */
const lines = () =>
  [...document.querySelectorAll("[data-list] tbody tr, ol[data-list] > li, ul[data-list] > li")]
    .map((line) => line.querySelector("th a[href], a[href]"))
    .filter((link) => link && link.offsetParent);

function step(by) {
  const links = lines();
  const line = document.activeElement.closest("tr, li");
  const here = links.findIndex((link) => link === document.activeElement || (line && line.contains(link)));
  const next = links[here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by];
  if (!next) return;
  next.focus();
  next.closest("tr, li").scrollIntoView({ block: "nearest" });
}

let waiting = false;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if (localStorage.getItem(OFF)) return;
  if (waiting) {
    waiting = false;
    const link = document.querySelector(`a[data-go="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      location.assign(link.href);
    }
    return;
  }
  if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
  else if (event.key === "g") waiting = true;
  else if (event.key === "?") document.querySelector("a[data-key='?']")?.click();
  else if (event.key === "/") {
    const field = document.querySelector("[data-key='/']");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  }
});

for (const box of document.querySelectorAll("[data-keys-switch]")) {
  box.hidden = false;
  const tick = box.querySelector("input");
  tick.checked = !localStorage.getItem(OFF);
  tick.addEventListener("change", () => (tick.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
}
