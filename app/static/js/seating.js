// The table of experts and projects: says under each project, while one ticks, whether the number of experts will do.
// The server counts again when the panel is opened.

const form = document.getElementById("seating");

function count() {
  for (const said of form.querySelectorAll("output[data-for]")) {
    const ticked = form.querySelectorAll(`input[name="${said.dataset.for}"]:checked`).length;
    const size = Number(said.dataset.size);
    const words = ticked >= size && ticked % 2 === 1 ? form.dataset.fits : form.dataset.misses;
    said.value = words.replace("{count}", ticked).replace("{size}", size);
  }
}

form.addEventListener("change", count);
count();
