"""Configuration: one TOML file, environment and flags, taken apart once per process into frozen structs."""

from tickring.config.structs import (
    Config,
    ContractConfig,
    DatabaseConfig,
    FeederConfig,
    FilesConfig,
    GatewayConfig,
    LogConfig,
    PlannerConfig,
    SegmentConfig,
    SessionsConfig,
    SimulatorConfig,
    StreamConfig,
    SupervisorConfig,
)

__all__ = [
    "Config",
    "ContractConfig",
    "DatabaseConfig",
    "FeederConfig",
    "FilesConfig",
    "GatewayConfig",
    "LogConfig",
    "PlannerConfig",
    "SegmentConfig",
    "SessionsConfig",
    "SimulatorConfig",
    "StreamConfig",
    "SupervisorConfig",
]
