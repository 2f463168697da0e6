#include "loader/source_flags.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "loader/words.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kMark = "cpp-worker:";

/// The text after `// cpp-worker:`; empty if the line does not begin with that.
std::string_view flags_in(std::string_view line) {
  line = text::trimmed(line);
  if (!line.starts_with("//")) return {};
  line = text::trimmed(line.substr(2));
  if (!line.starts_with(kMark)) return {};
  line.remove_prefix(kMark.size());
  return line;
}

/// How a flag that may have a value is treated.
struct ValueFlag {
  std::string_view name;
  enum class Value { kText, kPath, kFile } value;
  bool for_linker = false;
};

constexpr auto kText = ValueFlag::Value::kText;
constexpr auto kPath = ValueFlag::Value::kPath;
/// A file that is otherwise searched in the include path.
constexpr auto kFile = ValueFlag::Value::kFile;

// The longest names first: -include is not -I.
constexpr std::array kValueFlags = {ValueFlag{"-idirafter", kPath},
                                    ValueFlag{"-isystem", kPath},
                                    ValueFlag{"-include", kFile},
                                    ValueFlag{"-imacros", kFile},
                                    ValueFlag{"-iquote", kPath},
                                    ValueFlag{"-Wl,-rpath,", kPath, true},
                                    ValueFlag{"-Wl,-rpath=", kPath, true},
                                    ValueFlag{"-I", kPath},
                                    ValueFlag{"-L", kPath, true},
                                    ValueFlag{"-l", kText, true},
                                    ValueFlag{"-D", kText},
                                    ValueFlag{"-U", kText}};

bool is_library_or_object(std::string_view file) {
  return file.ends_with(".o") || file.ends_with(".a") || file.ends_with(".so") ||
         file.find(".so.") != std::string_view::npos;
}

/// Sorts the words of one line into the flags.
class LineReader {
 public:
  LineReader(SourceFlags& flags, fs::path folder, std::string place)
      : flags_(flags), folder_(std::move(folder)), place_(std::move(place)) {}

  void read(const std::vector<std::string>& words) {
    check_flags(words, place_);
    for (auto word = words.begin(); word != words.end(); ++word) {
      const auto* const flag =
          std::find_if(kValueFlags.begin(), kValueFlags.end(),
                       [&](const ValueFlag& known) { return word->starts_with(known.name); });
      if (flag != kValueFlags.end()) {
        std::string value = word->substr(flag->name.size());
        if (value.empty() && !flag->name.ends_with(',') && !flag->name.ends_with('=') &&
            word + 1 != words.end()) {
          value = *++word;
        }
        if (value.empty()) throw Error(fmt::format("{}: {} needs a value", place_, flag->name));
        add_value(*flag, value);
      } else if (word->starts_with('-')) {
        (word->starts_with("-Wl,") ? flags_.link : flags_.compile).push_back(*word);
      } else {
        add_file(*word);
      }
    }
  }

 private:
  [[nodiscard]] std::string absolute(const std::string& path) const {
    // "=include" and "$SYSROOT/include" begin at the compiler's own root, "$ORIGIN" at run time.
    if (path.starts_with('=') || path.starts_with('$')) return path;
    return (folder_ / path).lexically_normal().native();
  }

  void add_value(const ValueFlag& flag, const std::string& value) {
    std::error_code error;
    const bool is_path =
        flag.value == kPath || (flag.value == kFile && fs::exists(folder_ / value, error));
    (flag.for_linker ? flags_.link : flags_.compile)
        .push_back(std::string(flag.name) + (is_path ? absolute(value) : value));
  }

  void add_file(const std::string& word) {
    if (!is_library_or_object(word)) {
      throw Error(fmt::format(
          "{}: '{}' is neither a flag nor an object file or library (.o, .a, .so). Flags begin "
          "with '-'. To use another source file, #include it",
          place_, word));
    }
    auto file = absolute(word);
    std::error_code error;
    if (!fs::is_regular_file(file, error)) {
      throw Error(fmt::format("{}: the file '{}' does not exist", place_, file));
    }
    flags_.link.push_back(std::move(file));
  }

  SourceFlags& flags_;
  fs::path folder_;
  std::string place_;  // "shop.cpp:3", for messages
};

}  // namespace

void check_flags(const std::vector<std::string>& flags, const std::string& what) {
  for (const auto& flag : flags) {
    if (flag == "-c" || flag == "-S" || flag == "-E" || flag.starts_with("-o") ||
        flag.starts_with("-M") || flag.starts_with("-x")) {
      throw Error(fmt::format("{}: remove {}. cpp-worker itself decides what the compiler writes",
                              what, flag));
    }
  }
}

SourceFlags read_source_flags(const fs::path& source) {
  SourceFlags flags;
  std::ifstream stream(source, std::ios::binary);
  const auto folder = fs::absolute(source).parent_path();
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    const auto text = flags_in(line);
    if (text.empty()) continue;
    const auto place = fmt::format("{}:{}", source.native(), number);
    LineReader(flags, folder, place).read(split_words(text, place));
  }
  return flags;
}

}  // namespace cppworker::loader
