// Small things that need no server: light and dark, copying, and telling Quasar about both.
(() => {
  const KEY = "align-theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  const wanted = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const dark = () => (wanted() ? wanted() === "dark" : system.matches);
  const apply = () => {
    if (globalThis.Quasar) Quasar.Dark.set(dark());
    document.body.classList.toggle("body--dark", dark());
    document.body.classList.toggle("body--light", !dark());
    for (const button of document.querySelectorAll("[data-theme-button]")) {
      button.setAttribute("aria-label", dark() ? "Light colours" : "Dark colours");
      button.setAttribute("title", dark() ? "Light colours" : "Dark colours");
    }
  };
  system.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    const theme = event.target.closest("[data-theme-button]");
    if (theme) {
      try { localStorage.setItem(KEY, dark() ? "light" : "dark"); } catch { /* private window */ }
      apply();
    }
    const fold = event.target.closest("[data-fold]");
    if (fold) fold.setAttribute("aria-expanded", fold.closest(".way").classList.toggle("unfolded"));
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.getAttribute("data-copy"));
  });
  if (document.body) apply();
  document.addEventListener("DOMContentLoaded", apply);
  globalThis.alignTheme = apply;
})();
