// A form that is kept while one types is sent after the save that is under way: it carries the version which that save
// makes, and so does not contradict what its own person typed a moment before.

/** How long a save may go without an answer before it counts as lost; milliseconds. */
export const PATIENCE = 15000;

/** Send `form` once the promise that `settle` answers at the press of its button is fulfilled. */
export function sendAfter(form, settle) {
  let pressed = null;
  let settled = false;

  form.addEventListener("submit", async (event) => {
    if (settled) {
      settled = false;
      return;
    }
    event.preventDefault();
    const first = pressed === null;
    pressed = event.submitter;
    if (!first) return;
    await settle();
    // A form is not sent again while the press that asked for it is still being told to the page.
    setTimeout(() => {
      settled = true;
      form.requestSubmit(pressed);
      pressed = null;
    });
  });
}
