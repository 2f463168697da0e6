#include "loader/precompiled_header.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/cache_dir.hpp"
#include "loader/file_text.hpp"
#include "loader/manifest.hpp"
#include "loader/process.hpp"
#include "loader/source_text.hpp"
#include "text/trimmed.hpp"

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

/// For the usual flags, for --debug-user, for --check-races, and one more.
constexpr std::size_t kMaxHeaders = 4;
/// Leaves room for the locustfiles.
constexpr std::uintmax_t kNeededSpace = std::uintmax_t{512} * 1024 * 1024;

constexpr std::chrono::hours kRetryFailedAfter{24};

constexpr std::string_view kLocustHeader = "<cppworker/locust.hpp>";

/// "<vector>" or "<hiredis/hiredis.h>", but not "<shop.hpp>", which may define macros.
bool is_system_header(std::string_view name) {
  if (!name.starts_with('<') || !name.ends_with('>')) return false;
  name = name.substr(1, name.size() - 2);
  if (name.starts_with("cppworker/")) return true;
  const auto dot = name.find('.');
  return dot == std::string_view::npos || name.substr(dot) == ".h";
}

/// The header that a line of code includes, with its brackets or quotes; none for another line.
std::optional<std::string_view> included_in(std::string_view line) {
  if (!line.starts_with('#')) return std::nullopt;
  line = text::trimmed(line.substr(1));
  constexpr std::string_view kInclude = "include";
  if (!line.starts_with(kInclude)) return std::nullopt;
  return text::trimmed(line.substr(kInclude.size()));
}

/// Runs a program without its messages, which would be repeated by the compilation that follows.
ExitStatus run_quietly(const std::vector<std::string>& words) {
  std::vector<std::string> quiet{"/bin/sh", "-c", "exec \"$@\" >/dev/null 2>&1", "sh"};
  quiet.insert(quiet.end(), words.begin(), words.end());
  return run_program(quiet);
}

}  // namespace

bool begins_with_locust_header(std::string_view text) {
  const SourceText source{std::string(text)};
  std::string_view code = source.code();  // as long as the text
  while (!code.empty()) {
    const auto end = std::min(code.find('\n'), code.size());
    const auto line = text::trimmed(code.substr(0, end));
    const auto written = text::trimmed(text.substr(0, end));
    code.remove_prefix(std::min(end + 1, code.size()));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (written.starts_with("//") && written.ends_with('\\')) return false;
    if (line.empty() || line == "#pragma once") continue;
    const auto header = included_in(line);
    if (!header || !is_system_header(*header)) return false;
    if (*header == kLocustHeader) return true;
  }
  return false;
}

PrecompiledHeader::PrecompiledHeader(const fs::path& cache_dir, std::string key)
    : dir_(cache_dir / "headers"), header_(dir_ / std::move(key)) {}

fs::path PrecompiledHeader::with(const std::string& extension) const {
  return fs::path(header_).concat(extension);
}

bool PrecompiledHeader::owns(const fs::path& file) const { return file.parent_path() == dir_; }

std::optional<Manifest> PrecompiledHeader::usable() const {
  std::error_code error;
  if (!fs::exists(with(".gch"), error)) return std::nullopt;
  auto stored = Manifest::from_text(file_text(with(".manifest")));
  if (!stored || !stored->manifest.is_fresh()) return std::nullopt;
  return std::move(stored->manifest);
}

PrecompiledHeader::Use PrecompiledHeader::use_for(const fs::path& source,
                                                  const CompilerCommand& command,
                                                  bool may_make) const {
  if (!command.is_gcc || !begins_with_locust_header(file_text(source))) return {};
  auto headers = usable();
  if (!headers && may_make) {
    make(command);
    prune_cache_dir(dir_, kMaxHeaders);
    headers = usable();
  }
  if (!headers) return {};
  // Without a valid .gch file g++ reads this one instead. Its time also counts for pruning.
  const auto file = with(fmt::format(".{}.new", getpid()));
  std::error_code error;
  std::ofstream(file, std::ios::binary) << "#include " << kLocustHeader << '\n';
  fs::rename(file, header_, error);
  if (error) return {};
  return {{"-include", header_.native()}, std::move(*headers)};
}

void PrecompiledHeader::make(const CompilerCommand& command) const {
  std::error_code error;
  fs::create_directory(dir_, error);
  // A failure would be repeated with the same flags, unless the compiler is repaired.
  const auto failed_at = fs::last_write_time(with(".failed"), error);
  if (!error && fs::file_time_type::clock::now() - failed_at < kRetryFailedAfter) return;
  const auto space = fs::space(dir_, error);
  if (error || space.available < kNeededSpace) return;
  const CacheLock lock(with(".lock"), CacheLock::Wait::kNo);
  if (!lock.is_held() || usable()) return;  // another process has just made it

  const auto own = fmt::format(".{}", getpid());
  const auto source = with(own + ".hpp");
  const auto depfile = with(own + ".d");
  const auto product = with(own + ".gch");
  const auto manifest_file = with(own + ".manifest");
  const TemporaryFiles cleanup({source, depfile, product, manifest_file});
  std::ofstream(source, std::ios::binary) << "#include " << kLocustHeader << '\n';
  spdlog::info("Precompiling the headers of cpp-worker, for faster compilations from now on ...");
  const auto started = fs::file_time_type::clock::now();
  auto words = command.compiler;
  words.insert(words.end(), command.compile.begin(), command.compile.end());
  for (const auto* word : {"-x", "c++-header", source.c_str(), "-MD", "-MT", "product", "-MF",
                           depfile.c_str(), "-o", product.c_str()}) {
    words.emplace_back(word);
  }
  Manifest manifest;
  const auto status = run_quietly(words);
  bool is_made = status.ok();
  // A signal, for example for lack of memory, does not mean that the flags are wrong.
  if (!is_made && status.signal == 0) std::ofstream(with(".failed")) << "\n";
  for (const auto& file : parse_depfile(file_text(depfile))) {
    if (file == source) continue;
    // A file that changes meanwhile: it is not known which state was compiled.
    is_made = is_made && fs::last_write_time(file, error) < started && manifest.add(file);
  }
  for (const auto& word : command.compiler) {
    if (const auto program = find_program(word)) is_made &= manifest.add_by_time(*program);
  }
  if (!is_made) return;
  // A manifest must never be next to an older .gch file.
  fs::remove(with(".manifest"), error);
  fs::rename(product, with(".gch"), error);
  if (error) return;
  std::ofstream(manifest_file, std::ios::binary) << manifest.to_text("");
  fs::rename(manifest_file, with(".manifest"), error);
}

}  // namespace cppworker::loader
