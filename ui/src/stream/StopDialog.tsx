import { useState } from "react";
import { ApiProblem, postJson } from "../api/http";
import { useT } from "../app/preferences";
import { Dialog } from "../widgets/Dialog";
import { Problem } from "../widgets/Problem";

interface StopDialogProps {
  count: number;
  onDone: () => void;
  onClose: () => void;
}

export function StopDialog({ count, onDone, onClose }: StopDialogProps) {
  const t = useT();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const stop = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await postJson("/api/ib/stream/stop");
      onDone();
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, "unknown", String(error)));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("stop.title")} onClose={onClose}>
      <p>{t("stop.what", { count })}</p>
      <p className="hint">{t("stop.stays")}</p>
      {problem === null ? null : <Problem problem={problem} />}
      <div className="dialog-buttons">
        <button type="button" onClick={onClose}>
          {t("stop.cancel")}
        </button>
        <button type="button" className="danger" disabled={isBusy} onClick={() => void stop()}>
          {t(isBusy ? "stop.wait" : "stop.confirm")}
        </button>
      </div>
    </Dialog>
  );
}
