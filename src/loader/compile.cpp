#include "loader/compile.hpp"

#include <chrono>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cppworker/exception.hpp>
#include <cppworker/version.hpp>

#include "loader/cache_dir.hpp"
#include "loader/compiler_command.hpp"
#include "loader/compiler_run.hpp"
#include "loader/environment_variable.hpp"
#include "loader/file_text.hpp"
#include "loader/manifest.hpp"
#include "loader/precompiled_header.hpp"
#include "loader/sha256.hpp"
#include "loader/source_flags.hpp"

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxCacheEntries = 64;

/// Identifies a cache entry: this source file, compiled with this command. Without a source: what
/// the precompiled header depends on.
std::string cache_key(const fs::path& source, const CompilerCommand& command,
                      bool depends_on_current_folder) {
  Sha256 key;
  const auto add = [&key](std::string_view part) {
    key.update(part);
    key.update(std::string_view("\0", 1));
  };
  add(CPPWORKER_VERSION);
  if (!source.empty()) add(fs::absolute(source).lexically_normal().native());
  for (const auto* words : {&command.compiler, &command.compile, &command.link}) {
    for (const auto& word : *words) add(word);
    add("");
  }
  for (const char* const name : {"CPATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH"}) {
    add(environment_variable(name));
  }
  if (depends_on_current_folder) add(fs::current_path().native());
  return key.hex_digest().substr(0, 24);
}

/// The files of a cache entry. The manifest is written last and contains the product's hash.
/// Without a matching manifest the product counts as absent.
class CacheEntry {
 public:
  explicit CacheEntry(fs::path base) : base_(std::move(base)) {}

  [[nodiscard]] fs::path product() const { return with(".so"); }
  [[nodiscard]] fs::path manifest() const { return with(".manifest"); }
  [[nodiscard]] fs::path lock() const { return with(".lock"); }
  /// A file name that no other process uses.
  [[nodiscard]] fs::path temporary(std::string_view extension) const {
    return with(fmt::format(".{}{}", getpid(), extension));
  }

  /// True if the product exists, is undamaged and was built from the current files.
  [[nodiscard]] bool is_valid() const {
    const auto stored = Manifest::from_text(file_text(manifest()));
    return stored && stored->manifest.is_fresh() && hash_file(product()) == stored->product;
  }

 private:
  [[nodiscard]] fs::path with(std::string_view extension) const {
    return fs::path(base_).concat(extension);
  }
  fs::path base_;  // without extension
};

void run_compiler(const fs::path& source, const CompilerCommand& command, const fs::path& depfile,
                  const fs::path& product, const fs::path& include_dir) {
  auto words = command.compiler;
  words.insert(words.end(), command.compile.begin(), command.compile.end());
  words.push_back(source.native());
  words.insert(words.end(), command.link.begin(), command.link.end());
  for (const auto* word :
       {"-MD", "-MT", "product", "-MF", depfile.c_str(), "-o", product.c_str()}) {
    words.emplace_back(word);
  }
  const auto status = run_compiler_with_hints(words, source, product, include_dir);
  if (status.signal > 0) {
    throw Error(fmt::format("Could not compile {}: signal {} ended the compiler{}", source.native(),
                            status.signal,
                            status.signal == 9 ? " (the machine may have run out of memory)" : ""));
  }
  if (!status.ok()) {
    throw Error(
        fmt::format("Could not compile {}: see the compiler's messages above", source.native()));
  }
}

/// All files from which the product was built, in addition to those of `manifest`. None if a file
/// changed during the compilation, because it is then unknown which state was compiled.
std::optional<Manifest> take_manifest(const fs::path& depfile, fs::file_time_type started,
                                      const CompilerCommand& command,
                                      const PrecompiledHeader& header, Manifest manifest) {
  std::error_code error;
  const auto dependencies = parse_depfile(file_text(depfile));
  if (dependencies.empty()) return std::nullopt;
  for (const auto& file : dependencies) {
    if (header.owns(file)) continue;
    if (fs::last_write_time(file, error) >= started || !manifest.add(file)) return std::nullopt;
  }
  for (const auto& word : command.compiler) {
    const auto program = find_program(word);
    if (program && !manifest.add_by_time(*program)) return std::nullopt;
  }
  for (const auto& word : command.link) {  // libcppworker.so, the author's objects and archives
    if (fs::is_regular_file(word, error) && !manifest.add_by_time(word)) return std::nullopt;
  }
  return manifest;
}

/// @param is_repeated the locustfile has been compiled before, perhaps without success
void build(const fs::path& source, CompilerCommand command, const CacheEntry& entry,
           const PrecompiledHeader& header, bool is_repeated, const CompileOptions& options) {
  const auto product = entry.temporary(".so");
  const auto depfile = entry.temporary(".d");
  const auto manifest_file = entry.temporary(".manifest");
  const TemporaryFiles cleanup({product, depfile, manifest_file});

  const std::string news = fmt::format(
      "Compiling {} (takes some seconds; only needed when it has changed) ...", source.native());
  spdlog::info("{}", news);
  if (options.tells_on_stderr) fmt::print(stderr, "{}\n", news);
  const auto start = std::chrono::steady_clock::now();
  const auto use = header.use_for(source, command, is_repeated);
  command.compile.insert(command.compile.end(), use.flags.begin(), use.flags.end());
  const auto file_start = fs::file_time_type::clock::now();
  run_compiler(source, command, depfile, product, options.include_dir);

  const auto manifest = take_manifest(depfile, file_start, command, header, use.headers);
  const auto hash = hash_file(product);
  std::error_code error;
  fs::rename(product, entry.product(), error);
  if (error || !hash) {
    throw Error(fmt::format("Could not write '{}': {}", entry.product().native(), error.message()));
  }
  if (manifest) {
    std::ofstream(manifest_file, std::ios::binary) << manifest->to_text(*hash);
    fs::rename(manifest_file, entry.manifest(), error);
  } else {
    spdlog::debug("{} changed during the compilation; the next start compiles it again",
                  source.native());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  spdlog::info("Compiled {} in {:.1f} s", source.native(), took.count());
}

}  // namespace

fs::path compile(const fs::path& source, const CompileOptions& options) {
  // First, because the package with the headers also installs the compiler.
  if (!fs::exists(options.include_dir / "cppworker" / "locust.hpp")) {
    throw Error(fmt::format(
        "The headers of cpp-worker are not in '{}'; without them locustfiles can't be compiled. "
        "Install the Debian package cpp-worker-dev, which also installs the compiler (apt install "
        "./cpp-worker-dev_{}_*.deb), or build the locustfile on another machine and pass it: -f "
        "libshop.so",
        options.include_dir.native(), CPPWORKER_VERSION));
  }
  const auto command = compiler_command(options, read_source_flags(source));
  prepare_cache_dir(options.cache_dir);
  const bool has_own_flags = !options.compile_flags.empty() || !options.link_flags.empty();
  const auto key = cache_key(source, command, has_own_flags);
  const CacheEntry entry(options.cache_dir / fmt::format("{}-{}", source.stem().native(), key));
  if (!entry.is_valid()) {
    const bool is_repeated = fs::exists(entry.lock());
    const CacheLock lock(entry.lock());
    if (!entry.is_valid()) {  // no other process has compiled it meanwhile
      auto compile_only = command;
      compile_only.link.clear();
      const PrecompiledHeader header(options.cache_dir, cache_key({}, compile_only, has_own_flags));
      build(source, command, entry, header, is_repeated, options);
      prune_cache_dir(options.cache_dir, kMaxCacheEntries);
      return entry.product();
    }
  }
  spdlog::debug("Using {}, already compiled from {}", entry.product().native(), source.native());
  std::error_code error;
  fs::last_write_time(entry.product(), fs::file_time_type::clock::now(), error);  // for pruning
  return entry.product();
}

}  // namespace cppworker::loader
