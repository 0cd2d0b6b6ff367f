// Papers of a declaration: choosing or dropping files sends them, and only their own box of the page is renewed.
// Without this the button of the box sends them.

/** Send files as soon as they are chosen; `words` are those of the page, `say` tells how it went. */
export function keepUploads(words, say) {
  // A press of the button while the chosen files are under way does not send them twice.
  const underWay = new WeakSet();
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-at-once]");
    if (form && event.target.files?.length) send(form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-at-once]")) return;
    event.preventDefault();
    if (form.elements.file.files.length) send(form);
    else form.elements.file.click();
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const zone = event.target.closest?.("form[data-at-once] [data-drop]");
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind !== "drop") return;
      const form = zone.closest("form");
      form.elements.file.files = event.dataTransfer.files;
      if (form.elements.file.files.length) send(form);
    });
  }

  function send(form) {
    if (underWay.has(form)) return;
    const size = [...form.elements.file.files].reduce((sum, file) => sum + file.size, 0);
    if (size > Number(form.dataset.most)) {
      fault(form, form.dataset.tooLarge);
      return;
    }
    underWay.add(form);
    const box = form.closest("section");
    const progress = form.querySelector("progress");
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "document";
    request.upload.addEventListener("progress", (sent) => {
      progress.hidden = false;
      progress.value = sent.lengthComputable ? sent.loaded / sent.total : 0;
    });
    request.addEventListener("load", () => {
      if (request.status === 413) fault(form, form.dataset.tooLarge);
      else taken(box, form, request.response);
    });
    request.addEventListener("error", () => fault(form, words.offline));
    request.send(new FormData(form));
  }

  function taken(box, form, page) {
    const fresh = page?.getElementById(box.id);
    if (!fresh) {
      fault(form, page?.querySelector("main .error, main .summary")?.textContent.trim() || page?.querySelector("main h1 + p")?.textContent.trim() || words.refused);
      return;
    }
    box.replaceWith(document.importNode(fresh, true));
    const [lacks, lacking] = [document.getElementById("gaps"), page.getElementById("gaps")];
    if (lacks && lacking) lacks.replaceWith(document.importNode(lacking, true));
    else lacks?.remove();
    document.getElementById(`file-${box.id}`).focus();
    say(words.uploaded);
  }

  function fault(form, why) {
    const note = form.querySelector(".error") ?? document.createElement("p");
    note.className = "error";
    note.setAttribute("role", "alert");
    note.textContent = why;
    form.prepend(note);
    form.querySelector("progress").hidden = true;
    form.elements.file.value = "";
    underWay.delete(form);
  }
}
