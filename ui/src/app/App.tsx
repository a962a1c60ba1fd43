import { LiveProvider } from "../live/Live";
import { ComingPage, NotFoundPage } from "../pages/ComingPage";
import { LivePage } from "../pages/LivePage";
import { RunsPage } from "../pages/RunsPage";
import { AboutProvider } from "./about";
import { ConnectionBar } from "./ConnectionBar";
import { Footer } from "./Footer";
import { Header } from "./Header";
import { ModeBanner } from "./ModeBanner";
import { PreferencesProvider, useT } from "./preferences";
import { usePlace } from "./router";
import { TokenDialog } from "./TokenDialog";

export function App() {
  return (
    <PreferencesProvider>
      <AboutProvider>
        <LiveProvider>
          <Frame />
          <TokenDialog />
        </LiveProvider>
      </AboutProvider>
    </PreferencesProvider>
  );
}

function Frame() {
  const t = useT();
  const { path } = usePlace();
  return (
    <>
      <a className="skip" href="#main">
        {t("app.skip")}
      </a>
      <header className="head">
        <Header />
        <ModeBanner />
        <ConnectionBar />
      </header>
      <main id="main" tabIndex={-1}>
        <Page path={path} />
      </main>
      <Footer />
    </>
  );
}

function Page({ path }: { path: string }) {
  switch (path) {
    case "/":
      return <LivePage />;
    case "/runs":
      return <RunsPage />;
    case "/orders":
    case "/fills":
    case "/guard":
      return <ComingPage what={path.slice(1) as "orders" | "fills" | "guard"} />;
    default:
      return <NotFoundPage />;
  }
}
