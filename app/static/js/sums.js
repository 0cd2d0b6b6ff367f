// The sums of a declaration while one types. Amounts are whole fen as BigInt, as the server counts them; what is no
// amount counts as nothing until it is one.

const GROUPED = /^[1-9]\d{0,2}(,\d{3})+(\.\d{1,2})?$/;
const AMOUNT = /^(0|[1-9]\d{0,12})(?:\.(\d{1,2}))?$/;
const QUANTITY = /^(\d{1,10})(?:\.(\d{1,2})0*)?$/;
const PPM = 1000000n;

/** Yuan as people write them, in fen: "1,234.5" → 123450n; null for what is no amount. */
export function fen(text) {
  const typed = text.trim();
  const found = AMOUNT.exec(GROUPED.test(typed) ? typed.replaceAll(",", "") : typed);
  return found ? BigInt(found[1]) * 100n + BigInt((found[2] ?? "").padEnd(2, "0")) : null;
}

/** Quantity × unit price in fen; null where either is missing or the product is not a whole number of fen. */
export function product(quantity, price) {
  const found = QUANTITY.exec(quantity.trim());
  const each = fen(price);
  if (!found || each === null) return null;
  const hundredths = BigInt(found[1]) * 100n + BigInt((found[2] ?? "").padEnd(2, "0"));
  return (hundredths * each) % 100n === 0n ? (hundredths * each) / 100n : null;
}

/** The most that may be asked for of a planned total. */
export function limit(planned, cap, ratio) {
  const share = (planned * ratio) / PPM;
  return share < cap ? share : cap;
}

/** Fen as the pages print them: 123450n → "1,234.50". */
export function yuan(amount) {
  const digits = String(amount < 0n ? -amount : amount).padStart(3, "0");
  return `${amount < 0n ? "−" : ""}${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${digits.slice(-2)}`;
}

/** Keep the sums of this form as one types; answers the function that counts anew. */
export function keepSums(form) {
  const box = form.querySelector("[data-sums]");
  if (!box) return () => {};
  const cap = BigInt(box.dataset.cap);
  const ratio = BigInt(box.dataset.ratio);
  const say = (name, amount) => { box.querySelector(`[data-${name}]`).textContent = yuan(amount); };
  const count = () => {
    const spent = new Map();
    for (const row of form.querySelectorAll('[data-table="budget"] > .scroll [data-row]')) {
      const cell = (column) => row.querySelector(`[name$="-${column}"]`).value;
      const amount = product(cell("quantity"), cell("unit_price"));
      row.querySelector("[data-amount]").textContent = amount === null ? "—" : yuan(amount);
      spent.set(cell("paid_from"), (spent.get(cell("paid_from")) ?? 0n) + (amount ?? 0n));
    }
    let planned = 0n;
    for (const row of box.querySelectorAll("[data-source]")) {
      const declared = fen(form.elements[row.dataset.field].value) ?? 0n;
      planned += declared;
      row.querySelector("[data-declared]").textContent = yuan(declared);
      row.querySelector("[data-lines]").textContent = yuan(spent.get(row.dataset.source) ?? 0n);
    }
    const total = [...spent.values()].reduce((sum, each) => sum + each, 0n);
    const asked = fen(form.elements.requested.value) ?? 0n;
    const most = limit(planned, cap, ratio);
    say("planned", planned);
    say("total", total);
    say("limit", most);
    say("excess", asked > most ? asked - most : 0n);
    say("gap", planned > total ? planned - total : total - planned);
    const share = planned ? (asked * 10000n) / planned : 0n;
    box.querySelector("[data-share]").textContent = `${share / 100n}.${String(share % 100n).padStart(2, "0")}`;
    box.querySelector("[data-over]").hidden = asked <= most;
    box.querySelector("[data-uneven]").hidden = planned === total;
  };
  form.addEventListener("input", count);
  count();
  return count;
}
