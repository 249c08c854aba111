/** Papers whose printer broke off: somebody must look whether they came out. */
import type { JSX } from "preact";
import { t } from "../shared/i18n.ts";
import type { PrintView } from "../shared/wire.ts";
import { paperProblem, settlePaper } from "./acts.ts";
import { now_ms, papers } from "./state.ts";
import { sayTrouble, sayWhen } from "./words.ts";

function Paper(props: { paper: PrintView }): JSX.Element {
  const { paper } = props;
  return (
    <li>
      <p>
        <strong>{paper.title || paper.number || paper.kind}</strong>
        <span class="quiet small">
          {" "}
          {paper.used || paper.wanted} · {sayWhen(paper.queued_ms, now_ms.value)}
        </span>
      </p>
      <span class="acts">
        <button type="button" onClick={() => void settlePaper(paper, "copy")}>
          {t("papers.copy")}
        </button>
        <button type="button" onClick={() => void settlePaper(paper, "drop")}>
          {t("papers.drop")}
        </button>
      </span>
    </li>
  );
}

export function Papers(): JSX.Element | null {
  if (!papers.value.length) return null;
  const problem = paperProblem.value;
  const said = problem ? sayTrouble(problem.code, problem.message) : null;
  return (
    <section class="card papers" aria-label={t("papers.title")}>
      <header>
        <h2>{t("papers.title")}</h2>
      </header>
      <p class="quiet">{t("papers.why")}</p>
      <ul>
        {papers.value.map((paper) => (
          <Paper key={paper.id} paper={paper} />
        ))}
      </ul>
      {said ? (
        <p class="outcome is-bad" role="alert">
          <strong>{said.cause}</strong> {said.cure}
        </p>
      ) : null}
    </section>
  );
}
