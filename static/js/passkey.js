// Passkeys: asks the server for a challenge, the device for its answer, and sends that as an ordinary form.
// Forms with `data-passkey` ("create" or "get") are shown only where the browser knows passkeys.

const toBytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

const toText = (buffer) => {
  if (!buffer) return null;
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

const readKeys = (keys) => (keys ?? []).map((key) => ({ ...key, id: toBytes(key.id) }));

const readOptions = (options) => ({
  ...options,
  challenge: toBytes(options.challenge),
  ...(options.user && { user: { ...options.user, id: toBytes(options.user.id) } }),
  ...(options.excludeCredentials && { excludeCredentials: readKeys(options.excludeCredentials) }),
  ...(options.allowCredentials && { allowCredentials: readKeys(options.allowCredentials) }),
});

const writeAnswer = (credential) => {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const written = parts.filter((part) => response[part]).map((part) => [part, toText(response[part])]);
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response: Object.fromEntries(written),
    clientExtensionResults: {},
  });
};

async function ask(form) {
  const token = form.querySelector("[name=csrf_token]").value;
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    headers: { "X-CSRFToken": token, Accept: "application/json" },
  });
  // The last proof is too old or the session ended: the page itself asks for what is missing.
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const publicKey = readOptions(await answer.json());
  return form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey })
    : navigator.credentials.get({ publicKey });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) break;
  form.hidden = false;
  const note = form.querySelector("[data-note]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    note.textContent = "";
    try {
      form.querySelector("[name=answer]").value = writeAnswer(await ask(form));
    } catch {
      // The person changed its mind, the device knows no passkey, or the connection is gone: said in one sentence.
      note.textContent = form.dataset.failed;
      return;
    }
    // A form that is kept over the proof is large, so it is in the page once, beside the password or code.
    const kept = document.querySelector("form:not([data-passkey]) [name=kept]");
    if (kept) form.append(kept.cloneNode());
    form.submit();
  });
}
