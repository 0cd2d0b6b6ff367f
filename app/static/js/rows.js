// Rows of a table one types into: add, copy, move, delete and take back, without a round trip. Without this the same
// buttons send the form. `touched(control)` is told of every control whose text a button changed.

/** Let the buttons of the tables of `form` work at once; `words` are those of the page. */
export function keepRows(form, words, touched) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=do]");
    const [table, action, key] = button?.value.split(":") ?? [];
    const box = form.querySelector(`[data-table="${table}"]`);
    if (!box || !["add", "copy", "delete", "up", "down"].includes(action)) return;
    event.preventDefault();
    const row = key && box.querySelector(`.scroll [data-row="${key}"]`);
    if (action === "add") focus(place(box, blank(box), null));
    else if (action === "copy") focus(place(box, filled(blank(box), row), row.nextSibling));
    else if (action === "delete") remove(box, row);
    else {
      move(box, row, action === "up");
      button.focus();
    }
  });

  form.addEventListener("keydown", (event) => {
    const row = event.target.closest?.("[data-row]");
    if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    move(row.closest("[data-table]"), row, event.key === "ArrowUp");
    event.target.focus();
  });

  form.addEventListener("paste", (event) => {
    const box = event.target.closest("[data-table]");
    const text = event.clipboardData.getData("text/plain");
    const field = box?.querySelector("[data-paste]");
    // Several cells came from a spreadsheet; the server sorts them into rows.
    if (!field || !text.includes("\t")) return;
    event.preventDefault();
    field.value = text;
    form.requestSubmit(box.querySelector(`button[value="${field.dataset.paste}"]`));
  });

  function blank(box) {
    const row = box.querySelector("template").content.querySelector("tr").cloneNode(true);
    const key = [...crypto.getRandomValues(new Uint8Array(3))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    row.dataset.row = key;
    for (const each of row.querySelectorAll("[id], [name]")) {
      for (const name of ["id", "name", "aria-describedby"]) {
        if (each.hasAttribute(name)) each.setAttribute(name, each.getAttribute(name).replace("-new-", `-${key}-`));
      }
    }
    for (const each of row.querySelectorAll("button")) each.value = each.value.replace(/:new$/, `:${key}`);
    return row;
  }

  function filled(row, from) {
    controls(row).forEach((each, index) => { each.value = controls(from)[index].value; });
    return row;
  }

  function place(box, row, before) {
    box.querySelector("tbody").insertBefore(row, before);
    renumber(box);
    controls(row).filter((each) => each.value).forEach(touched);
    return row;
  }

  function remove(box, row) {
    const texts = controls(row).map((each) => each.value);
    const [body, next] = [row.parentNode, row.nextSibling];
    for (const each of controls(row)) {
      each.value = "";
      touched(each);
    }
    row.remove();
    renumber(box);
    const back = document.createElement("button");
    back.type = "button";
    back.className = "second";
    back.textContent = words.undo;
    back.addEventListener("click", () => {
      controls(row).forEach((each, index) => { each.value = texts[index]; });
      body.insertBefore(row, next?.isConnected ? next : null);
      back.remove();
      renumber(box);
      controls(row).forEach(touched);
      focus(row);
    });
    box.querySelector(".row-tools button[type=button]")?.remove();
    box.querySelector(".row-tools").append(back);
    back.focus();
  }

  function move(box, row, up) {
    const to = up ? row.previousElementSibling : row.nextElementSibling;
    if (!to) return;
    if (up) to.before(row);
    else to.after(row);
    renumber(box);
  }

  function renumber(box) {
    const rows = [...box.querySelectorAll(".scroll [data-row]")];
    rows.forEach((row, index) => {
      const named = words.row.replace("{number}", index + 1);
      row.querySelector("[data-number]").textContent = index + 1;
      for (const each of controls(row)) each.setAttribute("aria-label", `${named} ${each.closest("td").dataset.label}`);
      for (const each of row.querySelectorAll("button")) each.setAttribute("aria-label", `${each.title} ${named}`);
    });
    const order = box.querySelector(`[name$="-order"]`);
    order.value = rows.map((row) => row.dataset.row).join(" ");
    touched(order);
  }

  function controls(row) {
    return [...row.querySelectorAll("[data-saves]")];
  }

  function focus(row) {
    controls(row)[0].focus();
  }
}
