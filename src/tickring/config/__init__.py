"""Configuration: one TOML file, environment and flags, taken apart once per process into frozen structs."""
