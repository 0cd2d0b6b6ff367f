// The page of an act: standard phrases go into their field without a round trip, amounts are said in capitals while
// one types, and the button takes one press. The server does all three without this.

const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"];
const GROUPS = ["", "万", "亿", "万亿"];

/** The amount of yuan in the characters of contracts: "240000" → "贰拾肆万元整"; "" for what is no amount. */
export function capitals(typed) {
  const text = typed.trim().replaceAll(",", "");
  if (!/^\d{1,12}(\.\d{1,2})?$/.test(text)) return "";
  const [whole, places = ""] = text.split(".");
  const [jiao, fen] = places.padEnd(2, "0");
  const yuan = inWords(whole.replace(/^0+/, ""));
  if (!yuan && jiao === "0" && fen === "0") return "零元整";
  let said = yuan ? `${yuan}元` : "";
  if (jiao === "0" && fen === "0") return `${said}整`;
  if (jiao !== "0") said += `${DIGITS[jiao]}角`;
  else if (yuan) said += "零";
  return fen === "0" ? `${said}整` : `${said}${DIGITS[fen]}分`;
}

function inWords(digits) {
  let said = "";
  let gap = false;
  for (let i = 0; i < digits.length; i += 1) {
    const left = digits.length - 1 - i;
    if (digits[i] === "0") gap = true;
    else {
      said += (gap && said ? "零" : "") + DIGITS[digits[i]] + PLACES[left % 4];
      gap = false;
    }
    if (left % 4 === 0 && left > 0 && /[1-9]/.test(digits.slice(Math.max(0, i - 3), i + 1))) {
      said += GROUPS[left / 4];
    }
  }
  return said;
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
}
