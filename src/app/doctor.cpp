#include "app/doctor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cppworker/exception.hpp>

#include "app/available_cpus.hpp"
#include "app/standard_files.hpp"
#include "app/temporary_dir.hpp"
#include "build_info.hpp"
#include "loader/cache_dir.hpp"
#include "loader/compiler_command.hpp"
#include "loader/locustfile.hpp"
#include "loader/process.hpp"
#include "net/socket_address.hpp"

namespace cppworker::app {
namespace fs = std::filesystem;
namespace {

using Level = Finding::Level;

constexpr std::uint64_t kMegabyte = std::uint64_t{1024} * 1024;

Finding ok(std::string text) { return {Level::kOk, std::move(text)}; }
Finding warning(std::string text) { return {Level::kWarning, std::move(text)}; }
Finding error(std::string text) { return {Level::kError, std::move(text)}; }

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Finding check_compiler(const loader::CompileOptions& options) {
  const auto command = loader::compiler_command(options, {});
  auto words = command.compiler;
  words.emplace_back("--version");
  const auto done = loader::run_and_read(words);
  if (!done.status.ok()) {
    return error(fmt::format("compiler: '{}' does not run. Install g++ 12 or later",
                             command.compiler.front()));
  }
  return ok(fmt::format("compiler: {} ({}); cpp-worker was built with {} {}",
                        command.compiler.front(), first_line(done.output),
                        build_info::kCompilerId == "GNU" ? "g++" : "clang++",
                        build_info::kCompilerVersion));
}

Finding check_headers(const loader::CompileOptions& options) {
  if (fs::exists(options.include_dir / "cppworker" / "locust.hpp")) {
    return ok(fmt::format("headers: {}", options.include_dir.native()));
  }
  return error(fmt::format(
      "headers: cppworker/locust.hpp is not in '{}'. Install the Debian package cpp-worker-dev, or "
      "cpp-worker again, with its headers",
      options.include_dir.native()));
}

Finding check_cache(const loader::CompileOptions& options) {
  loader::prepare_cache_dir(options.cache_dir);
  const auto file = options.cache_dir / fmt::format("doctor-{}", getpid());
  const loader::TemporaryFiles cleanup({file});
  std::ofstream stream(file);
  stream << "written by cpp-worker doctor\n";
  stream.close();
  if (!stream) {
    return error(
        fmt::format("cache: '{}' is not writable: {}. Set another directory with "
                    "CPPWORKER_CACHE_DIR",
                    options.cache_dir.native(), std::strerror(errno)));
  }
  constexpr std::uintmax_t kPlenty = 512;
  const auto free = fs::space(options.cache_dir).available / kMegabyte;
  if (free < kPlenty) {
    return warning(
        fmt::format("cache: only {} MB are free in '{}'. Free some, or set another "
                    "directory with CPPWORKER_CACHE_DIR",
                    free, options.cache_dir.native()));
  }
  return ok(fmt::format("cache: {}", options.cache_dir.native()));
}

/// A locustfile of one class, for a machine without one.
constexpr std::string_view kTinyLocustfile = R"(#include <cppworker/locust.hpp>
class TinyUser : public cppworker::User {
 public:
  void nothing() {}
  static constexpr auto tasks() { return cppworker::task_list(cppworker::task<&TinyUser::nothing>()); }
};
CPPWORKER_LOCUSTFILE(TinyUser)
)";

Finding check_compilation(const std::vector<std::string>& files, loader::CompileOptions compile) {
  const auto start = std::chrono::steady_clock::now();
  const TemporaryDir dir("doctor");
  auto wanted = files;
  if (wanted.empty()) {
    const auto source = dir.path() / "tiny.cpp";
    std::ofstream(source) << kTinyLocustfile;
    wanted.push_back(source.native());
    compile.cache_dir = dir.path() / "cache";  // it has no use after this
  }
  const auto loaded = loader::load(wanted, {.compile = compile});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (files.empty()) {
    return ok(
        fmt::format("locustfile: a small one was compiled and loaded in {:.1f} s", took.count()));
  }
  return ok(fmt::format("locustfile: compiled and loaded in {:.1f} s; user classes: {}",
                        took.count(), loaded.user_classes.size()));
}

Finding check_open_files() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return judge_open_files(
      limit.rlim_max == RLIM_INFINITY ? std::numeric_limits<std::uint64_t>::max() : limit.rlim_max);
}

Finding check_ports() {
  std::ifstream stream("/proc/sys/net/ipv4/ip_local_port_range");
  return judge_ports({std::istreambuf_iterator<char>(stream), {}});
}

Finding check_cpus(std::size_t threads) {
  const std::size_t available = available_cpus();
  const std::size_t machine = std::thread::hardware_concurrency();
  auto text = fmt::format("CPUs: this process may use {} of {}; {} threads run users", available,
                          std::max(machine, available), threads);
  if (threads > available) {
    return warning(text +
                   ". More threads than CPUs delay each other: remove --threads "
                   "(CPPWORKER_THREADS), or raise the CPU quota (docker run --cpus)");
  }
  return ok(text);
}

/// The number in a file. None if the file holds "max" or does not exist.
std::optional<std::uint64_t> number_in(const char* file) {
  std::uint64_t number = 0;
  if (std::ifstream(file) >> number) return number;
  return std::nullopt;
}

std::uint64_t available_memory() {
  std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();
  std::ifstream stream("/proc/meminfo");
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string name;
    std::uint64_t kilobytes = 0;
    if (words >> name >> kilobytes && name == "MemAvailable:") bytes = kilobytes * 1024;
  }
  // cgroup versions 2 and 1, as a container sees its own.
  for (const char* file :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    bytes = std::min(bytes, number_in(file).value_or(bytes));
  }
  return bytes;
}

Finding check_locust() {
  constexpr std::string_view kNeeded =
      "the machine of the master needs Python and Locust 2 (pip install locust)";
  const auto program = loader::find_program("locust");
  if (!program) return ok(fmt::format("Locust: not installed here; {}", kNeeded));
  const auto done = loader::run_and_read({program->native(), "--version"});
  if (!done.status.ok()) {
    return warning(fmt::format("Locust: '{} --version' fails; {}", program->native(), kNeeded));
  }
  return ok(fmt::format("Locust: {}", first_line(done.output)));
}

/// A connected socket, or the reason why there is none.
struct Connection {
  int fd = -1;
  std::string reason{};
};

constexpr int kPatienceMs = 3000;

Connection connect_to(const net::SocketAddress& address) {
  const int fd = socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return {-1, std::strerror(errno)};
  int problem = connect(fd, address.get(), address.size()) == 0 ? 0 : errno;
  if (problem == EINPROGRESS) {
    pollfd ready{fd, POLLOUT, 0};
    problem = ETIMEDOUT;
    socklen_t size = sizeof problem;
    if (poll(&ready, 1, kPatienceMs) > 0) getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size);
  }
  if (problem == 0) return {fd, {}};
  close(fd);
  return {-1, std::strerror(problem)};
}

Connection connect_to(const std::string& host, int port) {
  const auto number = static_cast<std::uint16_t>(port);
  if (const auto address = net::SocketAddress::parse(host, number)) return connect_to(*address);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int problem = getaddrinfo(host.c_str(), nullptr, &hints, &found); problem != 0) {
    return {-1, gai_strerror(problem)};
  }
  Connection connection;
  for (const addrinfo* one = found; one != nullptr && connection.fd < 0; one = one->ai_next) {
    if (const auto address = net::SocketAddress::from(*one->ai_addr, one->ai_addrlen)) {
      connection = connect_to(address->with_port(number));
    }
  }
  freeaddrinfo(found);
  return connection;
}

/// True if the peer begins as ZMTP does (rfc.zeromq.org/spec/23): FF, 8 bytes, 7F.
bool is_zeromq(int fd) {
  std::array<unsigned char, 10> signature{};
  std::size_t got = 0;
  while (got < signature.size()) {
    pollfd ready{fd, POLLIN, 0};
    if (poll(&ready, 1, kPatienceMs) <= 0) return false;
    const ssize_t count = recv(fd, signature.data() + got, signature.size() - got, 0);
    if (count <= 0) return false;
    got += static_cast<std::size_t>(count);
  }
  return signature.front() == 0xFF && signature.back() == 0x7F;
}

}  // namespace

std::string text_of(const Finding& finding) {
  switch (finding.level) {
    case Level::kOk:
      return "ok       " + finding.text;
    case Level::kWarning:
      return "warning  " + finding.text;
    case Level::kError:
      break;
  }
  return "error    " + finding.text;
}

Finding judge_open_files(std::uint64_t limit) {
  // Besides the users: the master, logs, libraries, the locustfile's own files.
  constexpr std::uint64_t kOthers = 100;
  constexpr std::uint64_t kFew = 10'000;
  if (limit == std::numeric_limits<std::uint64_t>::max()) return ok("open files: no limit");
  const auto users = limit > kOthers ? limit - kOthers : 0;
  auto text = fmt::format(
      "open files: the limit of {} allows about {} users, each with a connection", limit, users);
  if (users < kFew) {
    return warning(text +
                   ". For more: ulimit -Hn 1000000 (as root), LimitNOFILE= of systemd, or docker "
                   "run --ulimit nofile=1000000");
  }
  return ok(text);
}

Finding judge_ports(const std::string& range) {
  std::istringstream numbers(range);
  long low = 0;
  long high = 0;
  if (!(numbers >> low >> high) || high < low) {
    return warning("ports: /proc/sys/net/ipv4/ip_local_port_range can't be read");
  }
  constexpr long kFew = 20'000;
  auto text = fmt::format(
      "ports: {} to {} allow {} connections to one address and port of the system under test", low,
      high, high - low + 1);
  if (high - low + 1 < kFew) {
    return warning(text + ". For more: sysctl -w net.ipv4.ip_local_port_range='1024 65535'");
  }
  return ok(text);
}

Finding judge_memory(std::uint64_t bytes) {
  constexpr std::uint64_t kLittle = 256;
  if (bytes == std::numeric_limits<std::uint64_t>::max()) {
    return warning("memory: /proc/meminfo can't be read");
  }
  auto text = fmt::format("memory: {} MB are available", bytes / kMegabyte);
  if (bytes / kMegabyte < kLittle) {
    return warning(text + fmt::format(". The compiler needs about {} MB; free some, or raise the "
                                      "limit (docker run --memory)",
                                      kLittle));
  }
  return ok(text);
}

Finding check_master(const std::string& host, int port, bool is_default) {
  const auto connection = connect_to(host, port);
  const auto place = fmt::format("master: {} port {}", host, port);
  if (connection.fd < 0) {
    auto text = fmt::format(
        "{}: {}. Start `locust --master` there, and check --master-host, --master-port and "
        "firewalls",
        place, connection.reason);
    // Without --master-host there need not be a master yet.
    return is_default ? warning(std::move(text)) : error(std::move(text));
  }
  const bool speaks = is_zeromq(connection.fd);
  close(connection.fd);
  if (speaks) return ok(place + " answers as a ZeroMQ socket");
  return error(place +
               " accepts connections, but does not speak ZeroMQ's protocol. Pass the port for "
               "workers (--master-port, 5557 by default), not that of the web UI");
}

int run_doctor(const Options& options, const loader::CompileOptions& compile) {
  bool has_error = false;
  const auto report = [&](std::string_view what, const auto& check) {
    Finding finding;
    try {
      finding = check();
    } catch (const std::exception& problem) {
      finding = error(fmt::format("{}: {}", what, problem.what()));
    }
    has_error |= finding.level == Level::kError;
    print(text_of(finding) + '\n');
  };
  report("compiler", [&] { return check_compiler(compile); });
  report("headers", [&] { return check_headers(compile); });
  report("cache", [&] { return check_cache(compile); });
  report("locustfile", [&] { return check_compilation(options.locustfiles, compile); });
  report("open files", [] { return check_open_files(); });
  report("ports", [] { return check_ports(); });
  report("CPUs", [&] { return check_cpus(options.threads); });
  report("memory", [] { return judge_memory(available_memory()); });
  report("master", [&] {
    return check_master(options.master_host, options.master_port,
                        options.master_host == Options{}.master_host);
  });
  report("Locust", [] { return check_locust(); });
  return has_error ? 1 : 0;
}

}  // namespace cppworker::app
