// A message that is opened is read: its own form says so while the browser goes on to the case.
document.addEventListener("click", (click) => {
  const form = click.target.closest(".messages .unread a")?.closest("li").querySelector("form");
  if (form) {
    fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true, redirect: "manual" });
  }
});
