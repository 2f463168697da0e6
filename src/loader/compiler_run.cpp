#include "loader/compiler_run.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "loader/compiler_errors.hpp"
#include "loader/compiler_hints.hpp"
#include "loader/environment_variable.hpp"
#include "loader/file_text.hpp"
#include "loader/literal_sums.hpp"
#include "loader/source_text.hpp"

namespace cppworker::loader {
namespace fs = std::filesystem;
namespace {

/// The compiler decides on colours by its own standard error, which is not the terminal here.
bool wants_colours(const std::vector<std::string>& words) {
  const bool is_decided = std::any_of(words.begin(), words.end(), [](std::string_view word) {
    return word.starts_with("-fdiagnostics-color") || word.starts_with("-fno-diagnostics-color") ||
           word.starts_with("-fcolor-diagnostics") || word == "-fno-color-diagnostics" ||
           word == "-fdiagnostics-plain-output";
  });
  return !is_decided && isatty(STDERR_FILENO) == 1 && environment_variable("NO_COLOR").empty() &&
         environment_variable("TERM", "dumb") != "dumb";
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

/// Prints the compiler's output when it goes out of scope, after the hint.
struct OutputPrinter {
  const std::string& output;
  ~OutputPrinter() { print(output); }
};

/// Checks a changed copy of the source, beside the product.
class Checker {
 public:
  Checker(std::vector<std::string> words, const fs::path& source, fs::path product)
      : words_(std::move(words)), copy_(std::move(product.replace_extension(".check.cpp"))) {
    std::replace(words_.begin(), words_.end(), source.native(), copy_.native());
    // The options for the product and its dependencies are the last words. The check must not
    // write the file of dependencies again.
    words_.erase(std::find(words_.begin(), words_.end(), "-MD"), words_.end());
    auto folder = source.parent_path();
    for (const auto& word :
         {std::string("-fsyntax-only"), std::string("-w"), std::string("-fdiagnostics-color=never"),
          std::string("-iquote"), folder.empty() ? std::string(".") : folder.native()}) {
      words_.push_back(word);
    }
  }
  ~Checker() {
    std::error_code error;
    fs::remove(copy_, error);
  }
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  std::string operator()(const std::string& changed) {
    std::ofstream(copy_, std::ios::binary) << changed;
    std::string output;
    (void)run_and_collect(words_, output);
    return plain_text(output);
  }

 private:
  std::vector<std::string> words_;
  fs::path copy_;
};

}  // namespace

ExitStatus run_compiler_with_hints(const std::vector<std::string>& words, const fs::path& source,
                                   const fs::path& product, const fs::path& include_dir) {
  auto command = words;
  if (wants_colours(words)) command.emplace_back("-fdiagnostics-color=always");
  std::string output;
  ExitStatus status;
  try {
    status = run_and_collect(command, output);
  } catch (...) {
    print(output);
    throw;
  }
  if (status.signal == 0) {
    const OutputPrinter printer{output};
    Checker checker(words, source, product);
    const auto check = [&checker](const std::string& changed) { return checker(changed); };
    if (!status.ok()) {
      const auto hint = compiler_hint(output, source, include_dir, check);
      if (!hint.empty()) print(hint + "\n\n");
    } else if (const auto hint =
                   find_number_added_to_literal(SourceText(file_text(source)), check)) {
      print(fmt::format("{}:{}: {}\n\n", source.native(), hint->line, hint->sentence));
      status.code = 1;
    }
  } else {
    print(output);
  }
  return status;
}

}  // namespace cppworker::loader
