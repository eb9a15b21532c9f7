// The clock: a button moves it without leaving the page, and it follows when somebody else has moved it.
const panel = document.querySelector("[data-clock]");
const status = panel.querySelector("[role=status]");
const trouble = panel.querySelector(".trouble");
let isMoving = false;

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// Whoever stands on a button with the keyboard stays on it; one that is off now hands on to the next.
function show(fresh) {
  const shown = panel.querySelector(".clock-face");
  if (!fresh || fresh.innerHTML === shown.innerHTML) return;
  const focused = shown.contains(document.activeElement) ? document.activeElement.value : null;
  shown.replaceWith(fresh);
  if (focused === null) return;
  const same = fresh.querySelector(`button[value="${CSS.escape(focused)}"]:enabled`);
  (same ?? fresh.querySelector("button:enabled"))?.focus({ preventScroll: true });
}

async function move(form, button) {
  isMoving = true;
  trouble.textContent = "";
  form.setAttribute("aria-busy", "true");
  const body = JSON.stringify({ move: button.value, seen: form.elements.seen.value });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(form.getAttribute("action"), { method: "POST", headers, body }).catch(() => null);
  isMoving = false;
  form.removeAttribute("aria-busy");
  if (answer?.status !== 200 || answer.redirected) {
    trouble.textContent = trouble.dataset.failed;
    return;
  }
  show(fragment(await answer.text()).querySelector(".clock-face"));
  status.textContent = panel.querySelector("h2").textContent;
  const phones = (button.dataset.leadsTo ?? "").split(" ");
  document.dispatchEvent(new CustomEvent("teabreak:moved", { detail: { phones } }));
}

panel.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!isMoving) move(event.target, event.submitter);
});
document.addEventListener("teabreak:kept", ({ detail }) => {
  if (!isMoving) show(detail.pieces.querySelector(".clock-face"));
});
