// The score sheet: the sum and what an item still wants while one types, keys that move between items, and the draft
// kept on the server. The page does the same without this, one press of a button later.

import { keep } from "./keeping.js";

const form = document.querySelector("form.score-sheet");
const items = [...form.querySelectorAll(".item")];
const points = items.map((item) => item.querySelector("input"));
const saveNow = keep(form, document.getElementById("kept"));

form.addEventListener("input", look);
look();

function look() {
  let sum = 0;
  items.forEach((item, place) => {
    const { most, enough } = item.dataset;
    const text = points[place].value.normalize("NFKC").trim();
    const number = /^\d{1,3}$/.test(text) ? Number(text) : null;
    const beyond = text !== "" && (number === null || number > most);
    const silent = number !== null && number < enough && !item.querySelector("textarea").value.trim();
    sum += beyond ? 0 : number ?? 0;
    let said = "";
    if (beyond) said = form.dataset.beyond.replace("{most}", most);
    else if (silent) said = form.dataset.wants;
    mark(item, points[place], said, item.querySelector("[data-said]"), beyond);
  });
  document.getElementById("total").value = sum;
  const amount = form.elements.suggested_amount;
  const fen = Math.round(Number(amount.value.normalize("NFKC").replaceAll(",", "")) * 100);
  const above = fen > Number(form.dataset.requested);
  mark(amount.closest(".field"), amount, above ? form.dataset.above : "", form.querySelector("[data-amount]"), above);
}

function mark(box, control, said, line, invalid) {
  if (line.textContent !== said) line.textContent = said;
  box.classList.toggle("wants", said !== "");
  if (invalid) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

form.addEventListener("keydown", (press) => {
  const item = press.target.closest?.(".item");
  if (!item || press.isComposing || press.altKey || press.metaKey) return;
  const place = items.indexOf(item);
  const scoring = press.target === points[place];
  if (press.ctrlKey && (press.key === "ArrowDown" || press.key === "ArrowUp")) {
    go(press, scoring ? item.querySelector("textarea") : points[place]);
  } else if (scoring && !press.ctrlKey && (press.key === "ArrowDown" || press.key === "Enter")) {
    go(press, points[place + 1] ?? form.querySelector("[name=recommendation]"));
  } else if (scoring && !press.ctrlKey && press.key === "ArrowUp") {
    go(press, points[Math.max(place - 1, 0)]);
  }
});

document.addEventListener("keydown", (press) => {
  if (press.ctrlKey && press.key.toLowerCase() === "s") {
    press.preventDefault();
    saveNow();
  } else if (!localStorage.getItem("aidflow-keys-off") && !press.target.closest("input, textarea, select, button, a, summary") && !press.ctrlKey && !press.metaKey) {
    const wanted = points[Number(press.key) - 1];
    if (wanted && /^[1-9]$/.test(press.key)) go(press, wanted);
  }
});

function go(press, control) {
  press.preventDefault();
  control.focus();
  control.select?.();
}
