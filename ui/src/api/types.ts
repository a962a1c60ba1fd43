/** The documents of the api by short names. All of them are generated from its OpenAPI document. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type About = Schemas["AboutDocument"];
export type ChildReport = Schemas["ChildReport"];
export type Contract = Schemas["ContractDocument"];
export type Episode = Schemas["Episode"];
export type EpisodeTurn = Schemas["EpisodeTurn"];
export type EventEntry = Schemas["EventDocument"];
export type Events = Schemas["EventsDocument"];
export type FeederStatus = Schemas["FeederStatus"];
export type History = Schemas["HistoryDocument"];
export type LogTurn = Schemas["LogTurn"];
export type Position = Schemas["PositionDocument"];
export type Positions = Schemas["PositionsDocument"];
export type Project = Schemas["ProjectDocument"];
export type Projects = Schemas["ProjectsDocument"];
export type Quote = Schemas["QuoteDocument"];
export type QuoteFile = Schemas["QuoteFileDocument"];
export type RecordTurn = Schemas["RecordTurn"];
export type RunReport = Schemas["RunReport"];
export type Runs = Schemas["RunsDocument"];
export type Snapshot = Schemas["SnapshotDocument"];
export type Snapshots = Schemas["SnapshotsDocument"];
export type StartPlan = Schemas["StartPlanDocument"];
export type StartRequest = Schemas["StartRequest"];
export type StatusAnswer = Schemas["StreamStatusDocument"];
export type SymbolsAnswer = Schemas["SymbolsDocument"];
export type SymbolTurns = Schemas["SymbolTurnsDocument"];
export type Tick = Schemas["HistoryTick"];
export type Transition = Schemas["Transition"];
