#include "loader/compiler_command.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "build_info.hpp"
#include "loader/process.hpp"
#include "loader/words.hpp"

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

using Words = std::vector<std::string>;

void append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

/// The compiler of the options, with its path. If the compiler that built cpp-worker is not
/// installed, other usual names are tried. The compiler's version is checked when the locustfile is
/// loaded.
Words find_compiler(const CompileOptions& options) {
  auto words = split_words(options.compiler, "CPPWORKER_CXX");
  if (words.empty()) words.emplace_back(build_info::kCompiler);
  Words candidates{words[0]};
  if (words[0] == build_info::kCompiler) {
    const auto version = build_info::kCompilerVersion;
    const std::string_view name = build_info::kCompilerId == "GNU" ? "g++" : "clang++";
    candidates.push_back(fmt::format("{}-{}", name, version.substr(0, version.find('.'))));
    candidates.emplace_back(name);
  }
  for (const auto& candidate : candidates) {
    if (const auto program = find_program(candidate)) {
      words[0] = program->native();
      return words;
    }
  }
  throw Error(fmt::format(
      "Could not find the C++ compiler '{}', which compiles the locustfile. Install g++ 12 or "
      "later, set a compiler with CPPWORKER_CXX, or build the locustfile on another machine with "
      "CMake and pass the library: -f libshop.so",
      words[0]));
}

/// Decides by name: `ccache /usr/bin/c++` is clang if c++ is a link to clang-14.
bool is_clang(const Words& compiler) {
  return std::any_of(compiler.begin(), compiler.end(), [](const std::string& word) {
    std::error_code error;
    const auto program = find_program(word);
    return program &&
           fs::canonical(*program, error).filename().native().find("clang") != std::string::npos;
  });
}

Words checked_words(const std::string& flags, const std::string& what) {
  auto words = split_words(flags, what);
  check_flags(words, what);
  return words;
}

}  // namespace

CompilerCommand compiler_command(const CompileOptions& options, const SourceFlags& own) {
  CompilerCommand command{.compiler = find_compiler(options)};
  const bool clang = is_clang(command.compiler);
  command.is_gcc = !clang;

  command.compile = split_words(build_info::kLocustfileCompileFlags, "build_info");
  // Two locustfiles may each have their own struct Cart with static members.
  if (!clang) command.compile.emplace_back("-fno-gnu-unique");
  append(command.compile, {"-Wall", "-pipe", "-I" + options.include_dir.native()});
  append(command.compile, own.compile);
  append(command.compile, checked_words(options.compile_flags, "--cxxflags"));

  command.link = split_words(build_info::kLocustfileLinkFlags, "build_info");
  append(command.link, own.link);
  append(command.link, checked_words(options.link_flags, "--ldflags"));
  if (!options.library.empty()) {
    const auto is_component = [](const std::string& word) {
      return word.starts_with("-lcppworker_");
    };
    if (std::any_of(command.link.begin(), command.link.end(), is_component)) {
      const std::string folder = options.library.parent_path().native();
      append(command.link, {"-L" + folder, "-Wl,-rpath," + folder});
    }
    command.link.push_back(options.library.native());
    // An undefined function is an error here and not only when it is called.
    // Clang leaves the sanitizer's own symbols to the executable.
    if (build_info::kSanitizer.empty() || !clang) command.link.emplace_back("-Wl,--no-undefined");
  }
  return command;
}

std::vector<std::string> editor_flags(const CompileOptions& options, const SourceFlags& own) {
  auto flags = compiler_command(options, own).compile;
  std::erase(flags, "-fno-gnu-unique");  // clang, and so clangd, rejects it
  return flags;
}

}  // namespace cppworker::loader
