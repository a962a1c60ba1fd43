import { useAbout } from "./about";
import { useT } from "./preferences";

export function Footer() {
  const t = useT();
  const about = useAbout();
  return (
    <footer className="foot">
      {about === null ? null : <span>{t("footer.version", { version: about.version })}</span>}
      <a href="/docs">{t("footer.docs")}</a>
      <a href="/licenses.md">{t("footer.licenses")}</a>
      <a href="https://www.tradingview.com/" rel="noreferrer noopener" target="_blank">
        {t("footer.charts")}
      </a>
    </footer>
  );
}
