#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cppworker::app {

/// One `key = value` of a configuration file.
struct Setting {
  std::string key;                  ///< an option's long name, without dashes
  std::vector<std::string> values;  ///< several if the file has a list; "true" for a key alone
};

/// The settings of one file, in its order. Each key occurs once; the last one in the file is used.
struct ConfigFile {
  std::string name;
  std::vector<Setting> settings;
};

/// Parses Locust's own syntax, that of ConfigArgParse's default parser: `key = value`, `key:
/// value`, `key value`, `--key value`, `key` alone for a flag, `[a, b]` for a list. `#` and `;`
/// begin a comment; lines with `[section]` or `---` are ignored. Throws Error for any other line.
[[nodiscard]] ConfigFile parse_conf(std::string_view text, std::string name);

/// The table [tool.locust] of a TOML file; none if the file has no such table. Throws Error if the
/// text is not TOML.
[[nodiscard]] std::optional<ConfigFile> parse_toml(std::string_view text, std::string name);

/// The files that Locust reads, in order of precedence: `config` (--config, may be ""),
/// pyproject.toml and locust.conf of the current directory, ~/.locust.conf. Throws Error if
/// `config` does not exist; the others are optional.
[[nodiscard]] std::vector<ConfigFile> read_config_files(const std::string& config);

}  // namespace cppworker::app
