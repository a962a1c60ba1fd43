import { useT } from "../app/preferences";
import { goTo } from "../app/router";

/** A page whose subject tickring does not have yet: says so, and what there is today. */
export function ComingPage({ what }: { what: "orders" | "fills" | "guard" }) {
  const t = useT();
  return (
    <article className="coming panel">
      <h1>{t(`coming.title.${what}`)}</h1>
      <p>{t(`coming.${what}`)}</p>
      <p>{t("coming.now")}</p>
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
