// The page of an act: standard phrases go into their field without a round trip, amounts are said in capitals while
// one types, a report is kept, and the button takes one press. The server does all of it without this.

import { keep } from "./keeping.js";

const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const UNITS = [[1e8, "亿"], [1e4, "万"], [1e3, "仟"], [1e2, "佰"], [10, "拾"]];

/** The amount of yuan in the characters of contracts: "240000" → "贰拾肆万元整"; "" for what is no amount. */
export function capitals(typed) {
  const text = typed.trim().replaceAll(",", "");
  if (!/^\d{1,12}(\.\d{1,2})?$/.test(text)) return "";
  const [digits, places = ""] = text.split(".");
  const yuan = Number(digits);
  const [jiao, fen] = places.padEnd(2, "0");
  if (jiao + fen === "00") return `${characters(yuan)}元整`;
  const between = jiao !== "0" ? `${DIGITS[jiao]}角` : yuan ? "零" : "";
  return (yuan ? `${characters(yuan)}元` : "") + between + (fen === "0" ? "" : `${DIGITS[fen]}分`);
}

/** The same rule as `_characters` in workflows/money.py: one 零 for any run of zeros between two digits. */
function characters(number) {
  for (const [size, unit] of UNITS) {
    if (number >= size) {
      const low = number % size;
      const gap = low > 0 && low < size / 10 ? "零" : "";
      return characters(Math.floor(number / size)) + unit + gap + (low ? characters(low) : "");
    }
  }
  return DIGITS[number];
}

for (const line of document.querySelectorAll("[data-capitals-of]")) {
  const field = document.getElementById(line.dataset.capitalsOf);
  field?.addEventListener("input", () => { line.textContent = capitals(field.value); });
}

for (const group of document.querySelectorAll("[data-phrases-for]")) {
  const field = document.getElementById(group.dataset.phrasesFor);
  group.addEventListener("click", (event) => {
    if (!field || event.target.name !== "phrase") return;
    event.preventDefault();
    const before = field.value.trimEnd();
    field.value = (before ? `${before}\n` : "") + event.target.textContent.trim();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}

const GROUPED = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Fen of what stands in a field; nothing for what is no amount. */
function fenOf(field) {
  const text = field.value.trim().replaceAll(",", "");
  return /^\d{1,12}(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : 0;
}

/** The sum of a column in fen. */
function sumOf(list, column) {
  return [...list.querySelectorAll(`input[name$="-${column}"]`)].reduce((sum, field) => sum + fenOf(field), 0);
}

const kept = document.getElementById("kept");
if (kept) keep(kept.closest("form"), kept);

for (const box of document.querySelectorAll("[data-sums-of]")) {
  const list = document.getElementById(box.dataset.sumsOf);
  const add = () => {
    const sums = {};
    for (const field of list.querySelectorAll("input")) {
      const column = field.name.split("-").at(-1);
      sums[column] = (sums[column] ?? 0) + fenOf(field);
    }
    sums.difference = sums.claimed - sums.disallowed - sums.audited;
    for (const output of box.querySelectorAll("output")) {
      output.textContent = GROUPED.format((sums[output.dataset.column] ?? 0) / 100).replace("-", "−");
    }
  };
  list?.addEventListener("input", add);
  // A total that nobody typed follows the sum of its column.
  const totals = ["claimed", "disallowed", "audited"].map((name) => document.getElementById(name)).filter(Boolean);
  for (const total of totals) {
    total.dataset.follows = total.value === "" || fenOf(total) === sumOf(list, total.name) ? "yes" : "";
    total.addEventListener("input", (event) => { if (event.isTrusted) total.dataset.follows = ""; });
  }
  list?.addEventListener("input", () => {
    for (const total of totals) {
      if (total.dataset.follows) total.value = (sumOf(list, total.name) / 100).toFixed(2);
    }
  });
}
