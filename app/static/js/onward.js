// Brings a form that was carried through sign-in back to its page; without this script its button does.

document.querySelector("main form").requestSubmit();
