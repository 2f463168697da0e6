#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::app {

/// One `key = value` of a configuration file.
struct Setting {
  std::string key;                  ///< an option's long name, without dashes
  std::vector<std::string> values;  ///< several if the file has a list; "true" for a bare key
};

/// What one file says, each key once (the last one counts), in the order of the file.
struct ConfigFile {
  std::string name;
  std::vector<Setting> settings;
};

/// Locust's own syntax, that of ConfigArgParse's default parser: `key = value`, `key: value`,
/// `key value`, `--key value`, `key` alone for a flag, `[a, b]` for a list; `#` and `;` begin a
/// comment, `[section]` and `---` lines mean nothing. Throws Error for another line.
[[nodiscard]] ConfigFile parse_conf(std::string_view text, std::string name);

/// The table [tool.locust] of a TOML file; none if the file has no such table. Throws Error for
/// what is no TOML.
[[nodiscard]] std::optional<ConfigFile> parse_toml(std::string_view text, std::string name);

/// The files that Locust reads, the one that counts most first: `config` (--config, may be ""),
/// pyproject.toml and locust.conf of the current folder, ~/.locust.conf. Files that are not there
/// are left out, but for `config`: that one throws Error.
[[nodiscard]] std::vector<ConfigFile> read_config_files(const std::string& config);

}  // namespace cppworker::app
