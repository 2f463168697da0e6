#include "app/run_writer.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>

#include "report/files.hpp"
#include "report/samples.hpp"

namespace cppworker::app {

template <class Write>
void RunWriter::try_to(const Write& write) {
  try {
    write();
    if (std::exchange(failed_, false)) {
      spdlog::info("{} is written again. No statistics are lost", writer_.file());
    }
  } catch (const Error& error) {
    if (!std::exchange(failed_, true)) {
      spdlog::error(
          "{}. The test continues. The statistics are kept in memory and are written when the file "
          "can be written again",
          error.what());
    }
  }
}

void RunWriter::add(runfile::Seconds&& seconds) {
  try_to([&] { writer_.add(std::move(seconds)); });
}

void RunWriter::add(const SampleRecords::Samples& samples) {
  for (const auto& sample : samples) writer_.add(*sample);
}

bool RunWriter::flush() {
  try {
    writer_.flush();
    return true;
  } catch (const Error& error) {
    spdlog::error("{}. The run file is not complete", error.what());
    return false;
  }
}

bool RunWriter::write_har(const std::vector<failures::Sample>& selected) const {
  const std::string file =
      std::filesystem::path(writer_.file()).replace_extension(".failures.har").string();
  try {
    if (selected.empty()) {
      std::error_code ignored;
      std::filesystem::remove(file, ignored);  // of an earlier run
    } else {
      report::replace_file(file, report::samples_har(selected));
      spdlog::info("Samples of failed requests are in {} and {}", writer_.file(), file);
    }
    return true;
  } catch (const Error& error) {
    spdlog::error("{}", error.what());
    return false;
  }
}

}  // namespace cppworker::app
