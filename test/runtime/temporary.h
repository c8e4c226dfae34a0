//===- temporary.h - files that tests make --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A folder that goes away with its test, and helpers to fill and read it.
//===----------------------------------------------------------------------===//
#ifndef DS_TEST_RUNTIME_TEMPORARY_H
#define DS_TEST_RUNTIME_TEMPORARY_H

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace ds::test {

class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "ds-test-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
      throw std::runtime_error("cannot make a temporary folder");
    root = pattern;
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(root); }

  std::string path(const std::string &name) const {
    return (root / name).string();
  }
  std::string write(const std::string &name,
                    const std::string &contents) const {
    std::ofstream(root / name, std::ios::binary) << contents;
    return path(name);
  }
  /// How many files and folders lie directly in `name`.
  size_t entries(const std::string &name = ".") const {
    return std::distance(std::filesystem::directory_iterator(root / name),
                         std::filesystem::directory_iterator());
  }

private:
  std::filesystem::path root;
};

inline std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw std::runtime_error("cannot read " + path);
  std::stringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

} // namespace ds::test

#endif // DS_TEST_RUNTIME_TEMPORARY_H
