// The page around the phones: the guide, the tabs of a narrow page, and what was kept.
const narrow = matchMedia("(max-width: 720px)");
const guide = document.querySelector("[data-guide]");
const strip = document.querySelector("[data-kept]");
const preparing = document.querySelector("[data-preparing]");
const PLACE = "teabreak-guide";

function remembered() {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    return null;
  }
}

function remember(place) {
  try {
    localStorage.setItem(PLACE, place);
  } catch {
    // Without storage the guide begins anew each time, and nothing else is lost.
  }
}

function showStep(place) {
  const steps = [...guide.querySelectorAll("li")];
  guide.hidden = place === "closed" || Number(place) >= steps.length;
  remember(guide.hidden ? "closed" : place);
  steps.forEach((step, index) => step.classList.toggle("now", index === Number(place)));
  guide.querySelectorAll(".dots i").forEach((dot, index) => {
    dot.className = index < Number(place) ? "past" : index === Number(place) ? "now" : "";
  });
}

function goOn() {
  const steps = [...guide.querySelectorAll("li")];
  const now = steps.findIndex((step) => step.classList.contains("now"));
  if (now >= 0) showStep(now + 1);
}

// A step is over when what it asks for has happened on the phone of its role.
function happened(role, what) {
  const step = guide.querySelector("li.now");
  if (step && step.dataset.role === role && step.dataset.until === what) goOn();
}

if (guide) {
  showStep(remembered() ?? 0);
  guide.querySelector(".close-guide").addEventListener("click", () => showStep("closed"));
  guide.querySelector(".next-step").addEventListener("click", goOn);
  document.querySelector(".new-worker").addEventListener("submit", () => happened("new", "sent"));
  document.addEventListener("teabreak:sent", ({ detail }) => happened(detail.role, detail.isAnswer ? "answered" : "sent"));
  document.addEventListener("teabreak:news", ({ detail }) => detail.asks && happened(detail.role, "asked"));
}

// Tabs as the ARIA pattern wants them, while the page is narrow; on a wide page all phones stand side by side.
const tabs = [...document.querySelectorAll(".tabs a")];
const panels = tabs.map((tab) => document.querySelector(tab.getAttribute("href")));

function choose(chosen) {
  tabs.forEach((tab, index) => {
    const isChosen = index === chosen;
    tab.setAttribute("aria-selected", isChosen);
    tab.tabIndex = isChosen ? 0 : -1;
    panels[index].hidden = !isChosen;
  });
  const chat = panels[chosen].querySelector(".chat");
  chat.scrollTop = chat.scrollHeight;
}

function arrange() {
  const list = document.querySelector(".tabs");
  if (!list) return;
  if (!narrow.matches) {
    for (const panel of panels) {
      panel.hidden = false;
      panel.removeAttribute("role");
    }
    return;
  }
  list.setAttribute("role", "tablist");
  tabs.forEach((tab, index) => {
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panels[index].id);
    panels[index].setAttribute("role", "tabpanel");
  });
  choose(Math.max(0, panels.findIndex((panel) => `#${panel.id}` === location.hash)));
}

tabs.forEach((tab, index) => {
  tab.addEventListener("click", (event) => {
    event.preventDefault();
    choose(index);
  });
  tab.addEventListener("keydown", (event) => {
    const ahead = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const moves = { [ahead]: 1, [ahead === "ArrowLeft" ? "ArrowRight" : "ArrowLeft"]: -1, Home: -index, End: tabs.length - 1 - index };
    if (event.key === " ") moves[" "] = 0;
    if (!(event.key in moves)) return;
    event.preventDefault();
    const next = (index + moves[event.key] + tabs.length) % tabs.length;
    choose(next);
    tabs[next].focus();
  });
});
// Where the clock leads to a message, the phone that gets it is the one to look at.
document.addEventListener("teabreak:moved", ({ detail }) => {
  const those = panels.filter((panel) => detail.phones.includes(panel.dataset.phone));
  if (!those.length || !narrow.matches) return;
  const panel = those.find((shown) => !shown.hidden) ?? those[0];
  choose(panels.indexOf(panel));
  panel.scrollIntoView({ block: "nearest" });
});
narrow.addEventListener("change", arrange);
arrange();

async function lookAtKept() {
  if (document.visibilityState !== "visible") return;
  const answer = await fetch(strip.dataset.kept).catch(() => null);
  if (answer?.status !== 200) return;
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  document.dispatchEvent(new CustomEvent("teabreak:kept", { detail: { pieces: template.content } }));
  const fresh = template.content.querySelector(".kept");
  const shown = strip.querySelector(".kept");
  if (fresh.dataset.shape !== shown.dataset.shape) location.reload();
  else if (fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh);
}

async function lookForPhones() {
  const answer = await fetch("/demo/kept").catch(() => null);
  if (answer?.status === 200) location.reload();
}

if (strip) {
  let soon = 0;
  setInterval(lookAtKept, 5000);
  document.addEventListener("teabreak:news", () => {
    clearTimeout(soon);
    soon = setTimeout(lookAtKept, 400);
  });
  document.addEventListener("teabreak:moved", lookAtKept);
}
if (preparing) setInterval(lookForPhones, 1000);
