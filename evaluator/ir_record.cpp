#include "evaluator/ir_record.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "evaluator/known_symbol.h"
#include "evaluator/permanent.h"
#include "evaluator/program.h"

namespace evalctl::evaluator {
namespace {

// Where a name of the list stands among those of the file.
struct NameOfFile {
  std::uint32_t number, index;
};

// `names`: but the first, which is none.
struct Counts {
  std::uint32_t names, line_bytes, bytes, file_function, source_bytes;

  std::size_t total() const { return sizeof *this + names * sizeof(NameOfFile) + line_bytes + bytes; }
};

struct ListCounts {
  std::uint32_t names, bytes;
};

// Takes one part of a record after the other.
class Reader {
 public:
  explicit Reader(std::string_view record) : at_(record.data() + sizeof(Counts)) {
    std::memcpy(&counts, record.data(), sizeof counts);
  }
  template <class T>
  std::span<const T> take(std::uint32_t count) {
    auto* first = reinterpret_cast<const T*>(at_);
    at_ += count * sizeof(T);
    return {first, count};
  }
  std::string_view take_text(std::uint32_t bytes) {
    auto all = take<char>(bytes);
    return {all.data(), all.size()};
  }
  Counts counts;

 private:
  const char* at_;
};

struct Parts {
  explicit Parts(std::string_view record) : in(record) {
    const Counts& c = in.counts;
    names = in.take<NameOfFile>(c.names);
    lines = in.take_text(c.line_bytes);
    bytes = in.take<std::uint8_t>(c.bytes);
  }
  Reader in;
  std::span<const NameOfFile> names;
  std::string_view lines;
  std::span<const std::uint8_t> bytes;
};

template <class Item>
void append(std::string& out, std::span<const Item> items) {
  out.append(reinterpret_cast<const char*>(items.data()), items.size_bytes());
}

// The names of a file, but none. Who interns them in this order mostly finds bindings in the order of shapes.
std::vector<NameOfFile> sorted_names(const Ir& ir) {
  std::vector<NameOfFile> names;
  for (std::uint32_t i = 1; i < ir.names.size(); ++i) names.push_back({0, i});
  std::ranges::sort(names, {}, [&](const NameOfFile& n) { return ir.names[n.index]; });
  return names;
}

}  // namespace

std::uint32_t NamesToRecord::number_of(Symbol name) {
  auto [known, is_new] = numbers_.try_emplace(name.id, static_cast<std::uint32_t>(names_.size()));
  if (is_new) names_.push_back(name);
  return known->second;
}

void NamesToRecord::add(const Ir& ir) {
  for (const NameOfFile& name : sorted_names(ir)) number_of(ir.names[name.index]);
}

std::string NamesToRecord::bytes() const {
  std::vector<RecordedNames::Name> names;
  std::string texts, out;
  for (Symbol name : names_) {
    texts += text_of(name);
    names.push_back({static_cast<std::uint32_t>(texts.size()), symbol_hash(text_of(name))});
  }
  ListCounts counts{static_cast<std::uint32_t>(names.size()), static_cast<std::uint32_t>(texts.size())};
  append(out, std::span<const ListCounts>(&counts, 1));
  append(out, std::span<const RecordedNames::Name>(names));
  return out + texts;
}

RecordedNames::RecordedNames(std::string_view bytes) {
  ListCounts counts;
  if (bytes.size() < sizeof counts) return;
  std::memcpy(&counts, bytes.data(), sizeof counts);
  if (sizeof counts + counts.names * sizeof(Name) + counts.bytes != bytes.size()) return;
  names_ = {reinterpret_cast<const Name*>(bytes.data() + sizeof counts), counts.names};
  texts_ = bytes.substr(bytes.size() - counts.bytes);
  symbols_.reset(static_cast<std::atomic<std::uint32_t>*>(std::calloc(counts.names + std::size_t{1}, sizeof symbols_[0])));
  is_good_ = symbols_ != nullptr;
}

Symbol RecordedNames::intern_name(std::uint32_t number) const {
  std::uint32_t begin = number == 0 ? 0 : names_[number - 1].end;
  Symbol symbol = intern_hashed(texts_.substr(begin, names_[number].end - begin), names_[number].hash);
  symbols_[number].store(symbol.id, std::memory_order_relaxed);
  return symbol;
}

void RecordedNames::prefetch(std::uint32_t number) const {
  if (symbols_[number].load(std::memory_order_relaxed) == 0) prefetch_symbol(names_[number].hash);
}

bool append_record(std::string& out, const Ir& ir, std::string_view source, NamesToRecord& list) {
  constexpr std::size_t kMost = std::size_t{1} << 28;
  if (source.size() >= kMost) return false;
  std::string lines = line_lengths(source);
  auto number = [](std::size_t n) { return static_cast<std::uint32_t>(n); };
  std::vector<NameOfFile> names = sorted_names(ir);
  for (NameOfFile& name : names) name.number = list.number_of(ir.names[name.index]);
  const IrWriter& bytes = ir.parts->bytes;
  Counts counts{number(names.size()), number(lines.size()), bytes.size(), ir.file_function, number(source.size())};
  out.reserve(out.size() + counts.total());
  append(out, std::span<const Counts>(&counts, 1));
  append(out, std::span<const NameOfFile>(names));
  out += lines;
  append(out, std::span<const std::uint8_t>(bytes.data(), bytes.size()));
  return true;
}

std::unique_ptr<const Ir> ir_of_record(std::string_view record, const RecordedNames& list) {
  if (record.size() < sizeof(Counts) || Reader(record).counts.total() != record.size()) return nullptr;
  Parts parts(record);
  constexpr std::size_t kAhead = 8;
  std::size_t count = parts.names.size();
  auto* names = static_cast<Symbol*>(allocate_permanent((count + 1) * sizeof(Symbol)));
  names[0] = {};
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) list.prefetch(parts.names[i + kAhead].number);
    names[parts.names[i].index] = list.symbol(parts.names[i].number);
  }
  auto ir = std::make_unique<Ir>();
  ir->names = {names, count + 1};
  ir->bytes = parts.bytes.data();
  ir->file_function = parts.in.counts.file_function;
  return ir;
}

namespace {

std::atomic<const RecordKeeper*> keeper_of_records{nullptr};

}  // namespace

void set_record_keeper(const RecordKeeper* keeper) { keeper_of_records.store(keeper); }

void count_function_read() {
  // Little of what is mapped by then is looked at soon, and mapping it again takes little time.
  constexpr std::uint32_t kMany = 32768;
  // One that is lost now and then, where several threads count, does no harm.
  static std::atomic<std::uint32_t> all{0};
  std::uint32_t count = all.load(std::memory_order_relaxed) + 1;
  all.store(count, std::memory_order_relaxed);
  if (count % kMany != 0) return;
  if (const RecordKeeper* keeper = keeper_of_records.load()) keeper->give_back();
}

std::size_t source_size_of_record(std::string_view record) { return Reader(record).counts.source_bytes; }

parser::LineIndex lines_of_record(std::string_view record) { return lines_of_lengths(Parts(record).lines); }

std::string line_lengths(std::string_view source) {
  std::string out;
  parser::LineIndex index(source);
  const std::vector<std::uint32_t>& starts = index.starts();
  for (std::size_t i = 1; i < starts.size(); ++i) {
    std::uint32_t length = starts[i] - starts[i - 1];
    for (; length >= 0x80; length >>= 7) out += static_cast<char>(length | 0x80);
    out += static_cast<char>(length);
  }
  return out;
}

parser::LineIndex lines_of_lengths(std::string_view lengths) {
  std::vector<std::uint32_t> starts{0};
  std::uint32_t length = 0, shift = 0;
  for (char c : lengths) {
    auto byte = static_cast<unsigned char>(c);
    length |= (byte & 0x7fu) << shift;
    shift += 7;
    if (byte & 0x80) continue;
    starts.push_back(starts.back() + length);
    length = shift = 0;
  }
  return parser::LineIndex(std::move(starts));
}

}  // namespace evalctl::evaluator
