"""The store in etcd that the original's Custodia had, which Debian's package leaves out: v2 keys below a namespace."""

import etcd
from custodia.plugin import CSStore, CSStoreExists, PluginOption


class EtcdStore(CSStore):
    etcd_port = PluginOption(int, 2379, None)
    namespace = PluginOption(str, "/custodia", None)

    def __init__(self, config, section):
        super().__init__(config, section)
        self.client = etcd.Client("127.0.0.1", self.etcd_port)

    def place(self, key):
        return "/" + self.namespace.strip("/") + "/" + key.strip("/")

    def get(self, key):
        try:
            return self.client.get(self.place(key)).value
        except etcd.EtcdKeyNotFound:
            return None

    def set(self, key, value, replace=False):
        try:
            self.client.write(self.place(key), value, prevExist=replace)
        except etcd.EtcdAlreadyExist as error:
            raise CSStoreExists(str(error)) from error

    def span(self, key):
        try:
            self.client.write(self.place(key), None, dir=True, prevExist=False)
        except etcd.EtcdAlreadyExist as error:
            raise CSStoreExists(str(error)) from error

    def list(self, keyfilter=""):
        try:
            found = self.client.read(self.place(keyfilter), recursive=True)
        except etcd.EtcdKeyNotFound:
            return None
        return [child.key for child in found.children]

    def cut(self, key):
        self.client.delete(self.place(key))
        return True
