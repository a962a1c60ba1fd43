"""Configuration: one TOML file, environment and flags, taken apart once per process into frozen structs."""

from tickring.config.structs import (
    Config,
    ContractConfig,
    FeederConfig,
    FilesConfig,
    GatewayConfig,
    LogConfig,
    SegmentConfig,
    SimulatorConfig,
    StreamConfig,
    SupervisorConfig,
)

__all__ = [
    "Config",
    "ContractConfig",
    "FeederConfig",
    "FilesConfig",
    "GatewayConfig",
    "LogConfig",
    "SegmentConfig",
    "SimulatorConfig",
    "StreamConfig",
    "SupervisorConfig",
]
