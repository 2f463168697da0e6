#include "loader/manifest.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

#include "loader/sha256.hpp"

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kHeading = "cpp-worker cache 1";

std::optional<std::string> hash_state(const fs::path& file) {
  auto hash = hash_file(file);
  return hash ? std::optional("hash " + *hash) : std::nullopt;
}

std::optional<std::string> time_state(const fs::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return std::nullopt;
  return fmt::format("time {}-{}.{:09}", status.st_size, status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec);
}

/// Removes the first line from `text` and returns it in `line`; false at the end. A last line
/// without a line end does not count, because the file was truncated.
bool next_line(std::string_view& text, std::string_view& line) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return false;
  line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

}  // namespace

std::optional<std::string> hash_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  Sha256 hash;
  std::array<char, 16384> buffer;
  while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0) {
    hash.update({buffer.data(), static_cast<std::size_t>(stream.gcount())});
  }
  if (stream.bad()) return std::nullopt;
  return hash.hex_digest();
}

bool Manifest::add_entry(std::optional<std::string> state, const fs::path& file) {
  if (!state || file.native().find('\n') != std::string::npos) return false;
  entries_.push_back({std::move(*state), file});
  return true;
}

bool Manifest::add(const fs::path& file) {
  const auto absolute = fs::absolute(file).lexically_normal();
  const bool of_system = absolute.native().starts_with("/usr/");
  return add_entry(of_system ? time_state(absolute) : hash_state(absolute), absolute);
}

bool Manifest::add_by_time(const fs::path& file) {
  const auto absolute = fs::absolute(file).lexically_normal();
  return add_entry(time_state(absolute), absolute);
}

bool Manifest::is_fresh() const {
  return std::all_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
    return entry.state ==
           (entry.state.starts_with("time ") ? time_state(entry.file) : hash_state(entry.file));
  });
}

std::string Manifest::to_text(std::string_view product) const {
  auto text = fmt::format("{}\n{}\n{}\n", kHeading, product, entries_.size());
  for (const auto& entry : entries_) {
    text += fmt::format("{} {}\n", entry.state, entry.file.native());
  }
  return text;
}

std::optional<Manifest::Stored> Manifest::from_text(std::string_view text) {
  std::string_view heading;
  std::string_view product;
  std::string_view count;
  if (!next_line(text, heading) || !next_line(text, product) || !next_line(text, count) ||
      heading != kHeading) {
    return std::nullopt;
  }
  Stored stored{{}, std::string(product)};
  for (std::string_view line; next_line(text, line);) {
    const auto second_space = line.find(' ', line.find(' ') + 1);
    if (second_space == std::string_view::npos) return std::nullopt;
    stored.manifest.entries_.push_back(
        {std::string(line.substr(0, second_space)), line.substr(second_space + 1)});
  }
  if (!text.empty() || fmt::to_string(stored.manifest.entries_.size()) != count) {
    return std::nullopt;
  }
  return stored;
}

std::vector<fs::path> parse_depfile(std::string_view text) {
  std::vector<fs::path> files;
  std::string word;
  bool after_target = false;
  const auto end_word = [&] {
    if (after_target && !word.empty()) files.emplace_back(word);
    if (word.ends_with(':')) after_target = true;
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if ((c == '\\' && (next == ' ' || next == '#')) || (c == '$' && next == '$')) {
      word += text[++i];
    } else if (c == '\\' && next == '\n') {
      end_word();
      ++i;
    } else if (c == ' ' || c == '\n') {
      end_word();
      if (c == '\n' && after_target) break;  // the end of the rule
    } else {
      word += c;
    }
  }
  end_word();
  return files;
}

}  // namespace cppworker::loader
