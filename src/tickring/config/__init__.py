"""Configuration: one TOML file, environment and flags, taken apart once per process into frozen structs."""

from tickring.config.structs import (
    AlertsConfig,
    ApiConfig,
    Config,
    ContractConfig,
    DatabaseConfig,
    FeederConfig,
    FilesConfig,
    GatewayConfig,
    LivenessConfig,
    LogConfig,
    PlannerConfig,
    SegmentConfig,
    SessionsConfig,
    SimulatorConfig,
    StreamConfig,
    SupervisorConfig,
)

__all__ = [
    "AlertsConfig",
    "ApiConfig",
    "Config",
    "ContractConfig",
    "DatabaseConfig",
    "FeederConfig",
    "FilesConfig",
    "GatewayConfig",
    "LivenessConfig",
    "LogConfig",
    "PlannerConfig",
    "SegmentConfig",
    "SessionsConfig",
    "SimulatorConfig",
    "StreamConfig",
    "SupervisorConfig",
]
