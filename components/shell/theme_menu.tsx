"use client";

import { Button } from "../ui/button";
import { Menu, MenuChoices } from "../ui/menu";
import { preference, usePreference } from "../ui/preference";

const themes = [
  { value: "system", label: "System" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const;

/** The chosen theme; app/layout.tsx reads the same key before the first paint. */
const themePreference = preference("theme", "system");

function chooseTheme(theme: string): void {
  themePreference.set(theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** The choices of a menu. */
export function ThemeChoices() {
  const theme = usePreference(themePreference);
  return <MenuChoices label="Theme" value={theme} onChange={chooseTheme} choices={themes} />;
}

/** Light, dark, or as the system says. */
export function ThemeMenu({ className = "" }: { className?: string }) {
  const theme = usePreference(themePreference);
  const label = themes.find((choice) => choice.value === theme)?.label ?? "System";
  return (
    <Menu
      trigger={
        <Button
          look="quiet"
          aria-label={`Theme: ${label}`}
          title={`Theme: ${label}`}
          square
          className={className}
        >
          <svg aria-hidden="true" width="14" height="14" viewBox="0 0 14 14" fill="none">
            <circle cx="7" cy="7" r="5.4" stroke="currentColor" strokeWidth="1.25" />
            <path d="M7 1.6a5.4 5.4 0 0 1 0 10.8z" fill="currentColor" />
          </svg>
        </Button>
      }
    >
      <ThemeChoices />
    </Menu>
  );
}
