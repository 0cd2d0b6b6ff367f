// What every page does a little quicker with scripts and does as well without.

// Filters that were left empty do not lengthen the address.
for (const form of document.querySelectorAll("form[method='get']")) {
  form.addEventListener("submit", () => {
    const empty = [...form.elements].filter((each) => each.name && each.value === "");
    for (const each of empty) each.disabled = true;
    // Somebody who comes back by the "back" of the browser finds them as they were.
    addEventListener("pageshow", () => empty.forEach((each) => (each.disabled = false)));
  });
}

// Escape closes what is unfolded over the page and gives the focus back to what unfolded it.
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.activeElement.closest("details.menu[open], details.choose[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// After a form was refused one begins with what is wrong.
document.getElementById("errors")?.focus();

// Files to be uploaded can be dropped and are named with their sizes before they are sent; see components/upload.html.
for (const form of document.querySelectorAll("form[data-upload]")) {
  const field = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-picked]");
  const zone = form.querySelector("[data-drop]");
  const most = Number(form.dataset.upload) || Infinity;
  const show = () => {
    list.replaceChildren(
      ...[...field.files].map((file) => {
        const line = document.createElement("li");
        line.append(`${file.name} · ${(file.size / 1e6).toFixed(1)} MB`);
        if (file.size > most) line.append(` · ${list.dataset.tooLarge}`);
        return line;
      }),
    );
    list.hidden = field.files.length === 0;
  };
  field.addEventListener("change", show);
  for (const kind of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind !== "drop") return;
      field.files = event.dataTransfer.files;
      show();
    });
  }
  form.addEventListener("submit", () => {
    form.querySelector("[data-sending]").hidden = false;
  });
}
