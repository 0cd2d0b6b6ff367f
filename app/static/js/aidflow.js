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

// Files that are being chosen are named with their sizes, and their sending is shown; see components/upload.html.
for (const form of document.querySelectorAll("form[data-upload]")) {
  const field = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-chosen]");
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
  zone?.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone?.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone?.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    field.files = event.dataTransfer.files;
    show();
  });
  form.addEventListener("submit", (event) => {
    const progress = form.querySelector("progress");
    if (!progress || !field.files.length) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (sent) => {
      progress.hidden = false;
      progress.value = sent.lengthComputable ? sent.loaded / sent.total : 0;
    });
    request.addEventListener("load", () => {
      // The answer is a page like any other: the list with the new papers, or the form with what is wrong.
      document.open();
      document.write(request.responseText);
      document.close();
      if (request.responseURL) history.replaceState(null, "", request.responseURL);
    });
    request.addEventListener("error", () => HTMLFormElement.prototype.submit.call(form));
    form.querySelector("button[type=submit]").disabled = true;
    request.send(new FormData(form));
  });
}
