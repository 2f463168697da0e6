#include "user/source_lines.hpp"

#include <map>
#include <string_view>
#include <vector>

#include "base/system_header.hpp"
#include "coro/loop_stack.hpp"
#include "user/demangled.hpp"

#if defined(CPPWORKER_HAS_BACKTRACE)
// libbacktrace, which g++ brings along. Its header is in a directory of g++ that other compilers
// must not search.
extern "C" {
struct backtrace_state;
using BacktraceError = void (*)(void* data, const char* message, int error);
using BacktraceFull = int (*)(void* data, std::uintptr_t pc, const char* file, int line,
                              const char* function);
backtrace_state* backtrace_create_state(const char* file, int threaded, BacktraceError on_error,
                                        void* data);
int backtrace_pcinfo(backtrace_state* state, std::uintptr_t pc, BacktraceFull callback,
                     BacktraceError on_error, void* data);
using BacktraceSymbol = void (*)(void* data, std::uintptr_t pc, const char* symbol,
                                 std::uintptr_t address, std::uintptr_t size);
int backtrace_syminfo(backtrace_state* state, std::uintptr_t pc, BacktraceSymbol callback,
                      BacktraceError on_error, void* data);
}
#endif

namespace cppworker::detail {
namespace {

/// "ShopUser::pay" for the mangled name of `ShopUser::pay(int)` and of what is in it, such as a
/// lambda.
std::string short_name(const char* function) {
  std::string name = demangled(function);
  constexpr std::string_view kAnonymous = "(anonymous namespace)::";
  for (auto at = name.find(kAnonymous); at != std::string::npos; at = name.find(kAnonymous)) {
    name.erase(at, kAnonymous.size());
  }
  return name.substr(0, name.find('('));
}

bool is_of_user(std::string_view file) {
  return !base::is_system_header(file) &&
         file.find("/include/cppworker/") == std::string_view::npos;
}

#if defined(CPPWORKER_HAS_BACKTRACE)
void ignore_error(void* /*data*/, const char* /*message*/, int /*error*/) {}

backtrace_state* debug_information() {
  static backtrace_state* const state = backtrace_create_state(nullptr, 1, ignore_error, nullptr);
  return state;
}

/// The name of a function that has no name in the debug information: clang++ -g1 writes names only
/// for functions into which others are inlined.
std::string name_in_symbol_table(std::uintptr_t code) {
  std::string name = "?";
  backtrace_syminfo(
      debug_information(), code,
      [](void* data, std::uintptr_t, const char* symbol, std::uintptr_t, std::uintptr_t) {
        if (symbol != nullptr) *static_cast<std::string*>(data) = short_name(symbol);
      },
      ignore_error, &name);
  return name;
}

std::vector<std::string> lines_at(std::uintptr_t return_address) {
  std::vector<std::string> lines;
  if (debug_information() == nullptr) return lines;
  backtrace_pcinfo(
      debug_information(), return_address - 1,
      [](void* data, std::uintptr_t code, const char* file, int line, const char* function) {
        if (file == nullptr || !is_of_user(file)) return 0;
        const std::string_view path = file;
        std::string text = "    File \"";
        text.append(path.substr(path.rfind('/') + 1)).append("\", line ");
        text.append(std::to_string(line)).append(", in ");
        text.append(function == nullptr ? name_in_symbol_table(code) : short_name(function));
        static_cast<std::vector<std::string>*>(data)->push_back(text + "\n");
        return 0;
      },
      ignore_error, &lines);
  return lines;
}
#else
std::vector<std::string> lines_at(std::uintptr_t /*return_address*/) { return {}; }
#endif

}  // namespace

std::string source_lines(Frames frames) {
  // User code has few places that throw. The limit is for generated code.
  constexpr std::size_t kMaxPlaces = 1000;
  static thread_local std::map<std::vector<std::uintptr_t>, std::string> known;
  if (frames.empty()) return {};
  if (known.size() >= kMaxPlaces) known.clear();
  const auto [entry, is_new] =
      known.try_emplace(std::vector<std::uintptr_t>(frames.begin(), frames.end()));
  if (is_new) {
    // libbacktrace and the demangler may need more stack than a user has.
    coro::on_loop_stack([&, lines = &entry->second] {
      for (const std::uintptr_t frame : frames) {
        for (const std::string& line : lines_at(frame)) lines->insert(0, line);
      }
    });
  }
  return entry->second;
}

void prepare_source_lines(std::uintptr_t code) { static_cast<void>(lines_at(code + 1)); }

}  // namespace cppworker::detail
