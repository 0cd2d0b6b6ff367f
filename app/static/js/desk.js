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
    if (event.target.closest("input, select, textarea") || localStorage.getItem("aidflow-keys-off")) return;
    document.activeElement?.closest("tr")?.querySelector(`input[form="${form.id}"]`)?.click();
  });
  // Coming back by the history, boxes may be ticked already.
  window.addEventListener("pageshow", count);
  count();
}

// The checklist keeps itself a moment after the last change, and a page of a paper is turned without leaving it.
for (const form of document.querySelectorAll("[data-checklist]")) {
  const status = form.querySelector("[data-status]");
  const say = (text) => { if (status) status.textContent = text; };
  let waiting = 0;
  const save = async () => {
    clearTimeout(waiting);
    waiting = 0;
    try {
      // The answer leads back to the page; that it does is all one wants to know.
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
      if (answer.type !== "opaqueredirect") throw new Error(String(answer.status));
      say(form.dataset.saved.replace("{time}", new Date().toLocaleTimeString()));
    } catch {
      say(form.dataset.failed);
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, 800);
  });
  document.addEventListener("click", async (event) => {
    const turn = event.target.closest("button[name=show]");
    if (!turn || turn.form !== form) return;
    event.preventDefault();
    if (waiting) await save();
    const [paper, page] = turn.value.split(":");
    const address = new URL(location.href);
    address.searchParams.set("paper", paper);
    address.searchParams.set("page", page);
    address.hash = "";
    const answer = await fetch(address);
    if (!answer.ok) { location.assign(address); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("[data-preview]").replaceWith(fresh.querySelector("[data-preview]"));
    document.querySelector("[data-preview]").scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", address);
    form.action = fresh.querySelector("[data-checklist]").action;
    for (const each of form.querySelectorAll("button[data-paper]")) {
      if (each.dataset.paper === paper) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    }
  });
}
