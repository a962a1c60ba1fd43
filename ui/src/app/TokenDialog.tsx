import { useEffect, useState } from "react";
import { whenTokenWanted } from "../api/http";
import { setToken } from "../api/token";
import { useLive } from "../live/Live";
import { Dialog } from "../widgets/Dialog";
import { useT } from "./preferences";

/** Asks for the token once the api has refused for want of it. */
export function TokenDialog() {
  const t = useT();
  const { link, status } = useLive();
  const [isWanted, setWanted] = useState(false);
  const [text, setText] = useState("");
  useEffect(() => whenTokenWanted(() => setWanted(true)), []);
  if (!isWanted) return null;
  const keep = (event: React.FormEvent) => {
    event.preventDefault();
    setToken(text);
    setText("");
    setWanted(false);
    link.tryNow();
    status.again();
  };
  return (
    <Dialog title={t("token.title")} onClose={() => setWanted(false)}>
      <form onSubmit={keep}>
        <p>{t("token.why")}</p>
        <p>
          <code>{t("token.how")}</code>
        </p>
        <label className="field">
          <span>{t("token.field")}</span>
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            required
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <p className="hint">{t("token.kept")}</p>
        <div className="dialog-buttons">
          <button type="button" onClick={() => setWanted(false)}>
            {t("token.cancel")}
          </button>
          <button type="submit" className="primary">
            {t("token.keep")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
