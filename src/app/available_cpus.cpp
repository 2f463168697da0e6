#include "app/available_cpus.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include <sched.h>

namespace cppworker::app {

namespace {

/// The cgroup's CPU quota in CPUs; 0 if there is none. Version 2 has "max 100000" or "150000
/// 100000" (quota and period in µs) in one file; version 1 has a file for each.
double cgroup_quota() {
  double quota = 0;
  double period = 0;
  std::ifstream v2("/sys/fs/cgroup/cpu.max");
  if (v2 >> quota >> period && period > 0) {
    return quota / period;
  }
  std::ifstream v1_quota("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream v1_period("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (v1_quota >> quota && v1_period >> period && quota > 0 && period > 0) {
    return quota / period;
  }
  return 0;
}

}  // namespace

std::size_t available_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cpus = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    cpus = CPU_COUNT(&set);
  }
  if (const double quota = cgroup_quota(); quota > 0) {
    cpus = std::min(cpus, static_cast<int>(std::ceil(quota)));
  }
  return static_cast<std::size_t>(std::max(cpus, 1));
}

}  // namespace cppworker::app
