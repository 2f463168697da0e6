#include "loader/files.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kDefault = "locustfile.cpp";
constexpr std::string_view kSeeHelp = "See --help for available options.";

/// The files in the directory itself for which `wanted` is true, sorted by name.
template <class Predicate>
std::vector<fs::path> files_in(const fs::path& folder, Predicate wanted) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().native();
    if (entry.is_regular_file(error) && !name.starts_with('_') && wanted(entry.path())) {
      files.push_back(entry.path());
    }
  }
  if (error) {
    throw Error(fmt::format("Could not read '{}': {}", folder.native(), error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<fs::path> expand(const std::string& value) {
  if (is_for_python(value)) {
    throw Error(fmt::format(
        "'{}' is a Python locustfile, which only stock Locust can run (the master, Python "
        "workers). Pass cpp-worker a C++ locustfile with the same class names: -f locustfile.cpp. "
        "{}",
        value, kSeeHelp));
  }
  std::error_code error;
  if (fs::is_directory(value, error)) {
    auto files = files_in(value, is_source);
    if (files.empty()) {
      throw Error(
          fmt::format("Could not find any locustfiles in directory '{}': it has no .cpp file. {}",
                      value, kSeeHelp));
    }
    return files;
  }
  if (!fs::exists(value, error)) {
    throw Error(fmt::format(
        "Could not find '{}'. Ensure your locustfile ends with '.cpp' (or '.so', if you built it "
        "yourself) or is a directory with locustfiles. {}",
        value, kSeeHelp));
  }
  if (!is_source(value) && fs::path(value).extension() != ".so") {
    throw Error(fmt::format(
        "'{}' is not a locustfile: its name must end with '.cpp', '.cc', '.cxx' or '.so'. {}",
        value, kSeeHelp));
  }
  return {value};
}

}  // namespace

bool is_source(const fs::path& file) {
  const auto extension = file.extension();
  return extension == ".cpp" || extension == ".cc" || extension == ".cxx";
}

bool is_for_python(std::string_view file) {
  if (file == "-" || file.ends_with(".py") || file.starts_with("http://") ||
      file.starts_with("https://")) {
    return true;
  }
  std::error_code error;
  return fs::is_directory(file, error) && files_in(file, is_source).empty() &&
         !files_in(file, [](const fs::path& path) { return path.extension() == ".py"; }).empty();
}

std::vector<std::string> split_list(const std::vector<std::string>& values) {
  constexpr std::string_view kBlanks = " \t\n";
  std::vector<std::string> parts;
  for (std::string_view rest : values) {
    while (!rest.empty()) {
      const auto comma = std::min(rest.find(','), rest.size());
      auto part = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      part.remove_prefix(std::min(part.find_first_not_of(kBlanks), part.size()));
      part = part.substr(0, part.find_last_not_of(kBlanks) + 1);
      if (!part.empty()) parts.emplace_back(part);
    }
  }
  return parts;
}

std::vector<fs::path> find_locustfiles(const std::vector<std::string>& values) {
  const auto names = split_list(values);
  std::error_code error;
  if (names.empty()) {
    if (fs::exists(kDefault, error)) return {kDefault};
    throw Error(fmt::format(
        "Could not find any locustfile! There is no {} in the current directory. Pass one with "
        "-f, as in -f shop.cpp. {}",
        kDefault, kSeeHelp));
  }
  std::vector<fs::path> files;
  for (const auto& name : names) {
    for (auto& file : expand(name)) {
      const bool is_known = std::any_of(files.begin(), files.end(), [&](const fs::path& known) {
        return fs::equivalent(known, file, error);
      });
      if (!is_known) files.push_back(std::move(file));
    }
  }
  return files;
}

}  // namespace cppworker::loader
