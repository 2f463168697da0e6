#include "http/own/own_engine.hpp"

#include "http/shard_engine.hpp"
#include "user/shard.hpp"

namespace cppworker::http::own {

OwnEngine::OwnEngine(coro::Scheduler& scheduler, net::ShardResolver& names,
                     net::TlsContexts& tls_contexts)
    : scheduler_(scheduler), names_(names), tls_contexts_(tls_contexts) {}

const std::shared_ptr<OwnEngine>& OwnEngine::of(detail::Shard& shard) {
  shard.check_thread("client()");
  return engine_in<OwnEngine>(shard.own_http_engine, shard.scheduler, shard.names,
                              shard.tls_contexts);
}

void OwnEngine::shut_down() { shut_down_ = true; }

}  // namespace cppworker::http::own
