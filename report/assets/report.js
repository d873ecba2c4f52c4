// The report's one script. Without it everything is shown; with it checks are filtered, and a page inside the
// Airflow UI follows the UI's theme and language and opens links to Airflow there.
"use strict";

(() => {
  /** The window of the Airflow UI around this page; null when the page stands alone or may not look out. */
  const around = () => {
    try {
      return window.parent !== window && window.parent.location.origin === window.location.origin
        ? window.parent
        : null;
    } catch {
      return null;
    }
  };

  const stored = (name) => {
    try {
      return window.localStorage.getItem(name);
    } catch {
      return null;
    }
  };

  /** Light or dark as the Airflow UI is; what the system prefers when that has no opinion. */
  const followTheme = () => {
    const theme = around() ? stored("theme") : null;
    if (theme === "light" || theme === "dark") {
      document.documentElement.dataset.theme = theme;
    } else {
      delete document.documentElement.dataset.theme;
    }
  };

  /** The same page in the language of the Airflow UI. */
  const followLanguage = () => {
    const wanted = around() ? (stored("i18nextLng") ?? "").slice(0, 2).toLowerCase() : "";
    const own = document.documentElement.lang;
    if (!wanted || wanted === own) {
      return;
    }
    // A language that the report does not speak is answered in English.
    const page = (code) => document.querySelector(`link[rel="alternate"][hreflang="${CSS.escape(code)}"]`);
    const other = page(wanted) ?? page("en");
    if (other && other.hreflang !== own) {
      const address = new URL(other.href);
      address.search = window.location.search;
      address.hash = window.location.hash;
      window.location.replace(address);
    }
  };

  /** A link to Airflow is opened by the UI around the page: inside the page there would be a second UI. */
  const openInAirflow = (event) => {
    const link = event.target.closest("a[data-airflow]");
    const ui = link && around();
    if (!ui || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    try {
      ui.history.pushState(null, "", link.href);
      ui.dispatchEvent(new PopStateEvent("popstate", { state: null }));
      event.preventDefault();
    } catch {
      // The link is followed as any other.
    }
  };

  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  /** Buttons and a search that show some of the checks; what is chosen stands in the address. */
  const filterChecks = () => {
    const filters = document.querySelector("[data-filters]");
    if (!filters) {
      return;
    }
    const buttons = [...filters.querySelectorAll("[data-show]")];
    const search = filters.querySelector("[data-search]");
    const nothing = document.querySelector("[data-nothing]");
    const checks = [...document.querySelectorAll("[data-state]")].map((row) => ({
      row,
      state: row.dataset.state,
      text: folded(row.textContent),
    }));
    let shown = "all";

    const apply = () => {
      const words = folded(search.value).split(/\s+/).filter(Boolean);
      let count = 0;
      for (const { row, state, text } of checks) {
        row.hidden = !((shown === "all" || state === shown) && words.every((word) => text.includes(word)));
        count += row.hidden ? 0 : 1;
      }
      nothing.hidden = count > 0;
      for (const button of buttons) {
        button.setAttribute("aria-pressed", String(button.dataset.show === shown));
      }
    };

    const remember = () => {
      const chosen = new URLSearchParams();
      if (shown !== "all") {
        chosen.set("show", shown);
      }
      if (search.value) {
        chosen.set("q", search.value);
      }
      const address = new URL(window.location.href);
      address.hash = chosen.toString();
      window.history.replaceState(window.history.state, "", address);
    };

    const recall = () => {
      const chosen = new URLSearchParams(window.location.hash.slice(1));
      const wanted = chosen.get("show");
      shown = buttons.some((button) => button.dataset.show === wanted) ? wanted : "all";
      search.value = chosen.get("q") ?? "";
      apply();
    };

    for (const button of buttons) {
      button.addEventListener("click", () => {
        shown = button.dataset.show;
        apply();
        remember();
      });
    }
    search.addEventListener("input", () => {
      apply();
      remember();
    });
    window.addEventListener("hashchange", recall);
    filters.hidden = false;
    recall();
  };

  /** The history of a gate: what is on the page is filtered at once. The button asks the server for all. */
  const filterVerdicts = () => {
    const form = document.querySelector("[data-verdict-filters]");
    const rows = [...document.querySelectorAll("tr[data-verdict]")];
    if (!form || !rows.length) {
      return;
    }
    const shown = document.querySelector("[data-shown]");
    const nothing = document.querySelector("[data-nothing]");
    const plural = new Intl.PluralRules(document.documentElement.lang);

    const apply = () => {
      const { verdict, since, until } = Object.fromEntries(new FormData(form));
      let count = 0;
      for (const row of rows) {
        const { verdict: its, day } = row.dataset;
        row.hidden = Boolean((verdict && its !== verdict) || (since && day < since) || (until && day > until));
        count += row.hidden ? 0 : 1;
      }
      const words = plural.select(count) === "one" ? shown.dataset.one : shown.dataset.many;
      shown.textContent = words.replace(/\d/, String(count));
      nothing.hidden = count > 0;
    };

    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => {
      if (!form.querySelector("button")) {
        event.preventDefault();
      }
    });
    apply();
  };

  // At once, before anything is drawn in the wrong colours or language.
  followTheme();
  followLanguage();
  window.addEventListener("storage", () => {
    followTheme();
    followLanguage();
  });
  document.addEventListener("DOMContentLoaded", () => {
    filterChecks();
    filterVerdicts();
  });
  document.addEventListener("click", openInAirflow);
})();
