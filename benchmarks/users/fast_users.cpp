// Users with FastHttpUser's client.
#include "users.hpp"

struct BusyFast : bench::Busy<cppworker::FastHttpUser> {};
struct ConnectedFast : bench::Connected<cppworker::FastHttpUser> {};
struct RelaxedFast : bench::Relaxed<cppworker::FastHttpUser> {};
struct BriskFast : bench::Brisk<cppworker::FastHttpUser> {};

CPPWORKER_INIT(bench::compare_latencies)
CPPWORKER_LOCUSTFILE(BusyFast, ConnectedFast, RelaxedFast, BriskFast)
