// Asks the device for a passkey, or to make one, and sends the form with what it answers. Pages say what to do without.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (it) => it.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const known = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

/** The options that the server wrote as JSON, as the device wants them. */
function options(told) {
  const wanted = { ...told, challenge: bytes(told.challenge) };
  if (told.user) wanted.user = { ...told.user, id: bytes(told.user.id) };
  if (told.allowCredentials) wanted.allowCredentials = known(told.allowCredentials);
  if (told.excludeCredentials) wanted.excludeCredentials = known(told.excludeCredentials);
  return wanted;
}

/** What the device answered, as the server reads it. */
function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function question(part, form) {
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  const answer = await fetch(part.dataset.question, { method: "POST", body });
  if (!answer.ok) throw new TypeError(answer.statusText);
  return answer.json();
}

/** Send the form with this answer in place of what the field of that name holds. */
function send(form, name, answer) {
  for (const each of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) each.disabled = true;
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name, value: answer });
  form.append(field);
  form.submit();
}

for (const part of document.querySelectorAll("[data-passkey]")) {
  const form = part.closest("form");
  const button = part.querySelector("button");
  const line = part.querySelector("[role=status]");
  const { into, wishes, unable, failed, away } = part.dataset;
  if (!window.PublicKeyCredential) {
    line.textContent = unable;
    continue;
  }
  button.hidden = false;
  line.textContent = "";
  button.addEventListener("click", async () => {
    line.textContent = "";
    button.disabled = true;
    try {
      const credential = wishes
        ? await navigator.credentials.create({ publicKey: options(JSON.parse(wishes)) })
        : await navigator.credentials.get({ publicKey: options(await question(part, form)) });
      send(form, into, written(credential));
    } catch (fault) {
      line.textContent = fault instanceof TypeError ? away : failed;
      button.disabled = false;
      button.focus();
    }
  });
}
