import { useAbout } from "../app/about";
import { useT } from "../app/preferences";
import { goTo } from "../app/router";

/** A page whose subject tickring does not have yet: what it will show, why not now, and what there is today. */
export function ComingPage({ what }: { what: "orders" | "fills" | "guard" }) {
  const t = useT();
  const version = useAbout()?.version ?? t("unit.none");
  return (
    <article className="coming panel">
      <header className="coming-head">
        <h1>{t(`coming.title.${what}`)}</h1>
        <span className="badge tone-rest">{t("coming.not")}</span>
      </header>
      <p>{t(`coming.${what}`, { version })}</p>
      <section>
        <h2>{t("coming.will")}</h2>
        <p>{t(`coming.${what}.will`)}</p>
      </section>
      <section>
        <h2>{t("coming.today")}</h2>
        <p>{t(`coming.${what}.today`)}</p>
      </section>
      <BackToLive />
    </article>
  );
}

export function NotFoundPage() {
  const t = useT();
  return (
    <article className="coming panel">
      <h1>{t("notfound.title")}</h1>
      <BackToLive />
    </article>
  );
}

function BackToLive() {
  const t = useT();
  return (
    <p>
      <button type="button" onClick={() => goTo("/")}>
        {t("coming.back")}
      </button>
    </p>
  );
}
