// The inbox and the pages of a project: how many cases are chosen, and choosing with the keyboard. The server does
// everything without this.

for (const form of document.querySelectorAll("[data-chosen]")) {
  const boxes = [...document.querySelectorAll(`input[type=checkbox][form="${form.id}"]`)];
  const says = form.querySelector("[data-chosen-count]");
  const nothing = says?.textContent;
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    if (says) says.textContent = chosen ? says.dataset.chosenCount.replace("{count}", chosen) : nothing;
    for (const button of form.querySelectorAll("button")) button.disabled = chosen === 0;
    form.classList.toggle("some", chosen > 0);
  };
  let last = null;
  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      // With the shift key everything between this box and the last one becomes alike.
      if (event.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
      }
      last = box;
      count();
    });
  }
  // "x" chooses the row in which the keyboard is.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    document.activeElement?.closest("tr")?.querySelector(`input[form="${form.id}"]`)?.click();
  });
  // Coming back by the history, boxes may be ticked already.
  window.addEventListener("pageshow", count);
  count();
}
